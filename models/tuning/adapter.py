"""An adapter: two small matrices beside each big one, as peft and as llama.cpp keep them."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.tuning.errors import TuningError
from models.tuning.layout import Weights

_CONFIG = "adapter_config.json"
_WEIGHTS = "adapter_model.safetensors"
_PREFIX = "base_model.model."


class Pair(NamedTuple):
    """The two small matrices that are learnt beside a big one: what is added to it is scale · b @ a."""

    a: Weights
    """(rank, in)"""
    b: Weights
    """(out, rank)"""
    scale: float

    @property
    def sum(self) -> Weights:
        """What is added: (out, in)."""
        return np.asarray(self.scale * (self.b @ self.a), dtype=np.float32)


def read_adapter(folder: Path) -> dict[str, Pair]:
    """What an adapter of peft adds, by the name of the checkpoint's weights.

    Raises:
        TuningError: there is no such adapter.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        weights = {name: held.astype(np.float32) for name, held in load_file(folder / _WEIGHTS).items()}
        scale = float(config["lora_alpha"]) / int(config["r"])
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise TuningError(f"“{folder.name}” is no adapter that was trained here.") from error
    names = sorted(name for name in weights if name.endswith(".lora_A.weight"))
    return {
        name.removeprefix(_PREFIX).replace(".lora_A", ""): Pair(
            weights[name], weights[name.replace(".lora_A.", ".lora_B.")], scale
        )
        for name in names
    }


def read_adapter_gguf(path: Path) -> dict[str, Pair]:
    """What an adapter's GGUF file adds, by the names and with the rows that the weights have in a GGUF file.

    Raises:
        TuningError: it is no such file.
    """
    from gguf import GGUFReader

    try:
        reader = GGUFReader(path)
        alpha = float(reader.fields["adapter.lora.alpha"].contents())
        held = {tensor.name: np.asarray(tensor.data, dtype=np.float32) for tensor in reader.tensors}
        return {
            name.removesuffix(".lora_a"): Pair(a, held[name.replace(".lora_a", ".lora_b")], alpha / len(a))
            for name, a in held.items()
            if name.endswith(".lora_a")
        }
    except (OSError, ValueError, KeyError) as error:
        raise TuningError(f"“{path.name}” is no adapter.") from error
