"""A checkpoint with what was learnt added to its weights."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from models.tuning.checkpoint import Checkpoint, read_weights, write_weights
from models.tuning.errors import TuningError, writing
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


def read_adapter(folder: Path) -> dict[str, Pair]:
    """What an adapter of peft adds, by the name of the checkpoint's weights.

    Raises:
        TuningError: there is no such adapter.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        weights = load_file(folder / _WEIGHTS)
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


def merge(checkpoint: Checkpoint, adapter: Path, folder: Path) -> Checkpoint:
    """Write into `folder` the checkpoint with the adapter added to its weights.

    Raises:
        TuningError: the adapter belongs to another model, or the disk is full.
    """
    pairs = read_adapter(adapter)
    size = sum(path.stat().st_size for path in checkpoint.folder.iterdir() if path.is_file())
    with writing(folder, size) as written:
        written.mkdir()
        weights = dict(read_weights(checkpoint.folder))
        for name, pair in pairs.items():
            if name not in weights or weights[name].shape != (len(pair.b), pair.a.shape[1]):
                raise TuningError(f"“{adapter.name}” was not trained from “{checkpoint.folder.name}”.")
            weights[name] = weights[name] + pair.scale * (pair.b @ pair.a)
        write_weights(weights, written)
        shutil.copy(checkpoint.folder / "config.json", written / "config.json")
    return replace(checkpoint, folder=folder)
