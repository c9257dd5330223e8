"""A checkpoint: a model's weights in full precision, as torch trains them, made from a GGUF file."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.tuning.adapter import Pair, read_adapter_gguf
from models.tuning.errors import TuningError, writing
from models.tuning.layout import Layout, Weights, field, open_gguf

if TYPE_CHECKING:
    from gguf import GGUFReader

_WEIGHTS = "model.safetensors"
CONFIG = "config.json"
SHARDS = "*.safetensors"
_PIECE_BYTES = 2**22
_CLASSES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A folder with `config.json` and safetensors, and the GGUF file that they were made from."""

    folder: Path
    source: Path
    sha256: str
    """Of the weights that training begins with: of the GGUF file and its adapter."""


def restore(source: Path, cache: Path, *, adapter: Path | None = None) -> Checkpoint:
    """The weights of the GGUF file `source` as a checkpoint in a folder below `cache`, named by what is in the file.

    It is made once: quantised weights become the numbers that they stand for. Always train from it and not from
    what came of an earlier training, or the errors of each quantising add up. What the GGUF file `adapter` adds to
    the weights when it is laid over them is added here too.

    Raises:
        TuningError: it is no model that can be trained here, or the disk is full.
    """
    if not source.is_file():
        raise TuningError(f"There is no file “{source.name}”.")
    digest = _digest([source] if adapter is None else [source, adapter])
    folder = cache / digest[:16]
    if not (folder / _WEIGHTS).is_file():
        reader, layout = open_gguf(source)
        size = sum(4 * int(tensor.n_elements) for tensor in reader.tensors)
        with writing(folder, size) as written:
            written.mkdir()
            _write_config(source.name, reader, layout, written)
            added = read_adapter_gguf(adapter) if adapter else {}
            _write_weights(reader, layout, added, written / _WEIGHTS)
    return Checkpoint(folder=folder, source=source, sha256=digest)


def read_weights(folder: Path) -> Iterator[tuple[str, Weights]]:
    """Name and weights of all that is in a checkpoint's folder, one after the other."""
    from safetensors import safe_open

    for path in sorted(folder.glob(SHARDS)):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118
                yield name, file.get_tensor(name).float().numpy()


def write_weights(weights: dict[str, Weights], folder: Path) -> None:
    """All weights into one file of a checkpoint's folder."""
    from safetensors.numpy import save_file

    save_file(weights, folder / _WEIGHTS, {"format": "pt"})


def load_weights(folder: Path, **settings: Any) -> Any:
    """The model in a folder, as transformers computes with it, in 32 bits; without a word on the terminal."""
    import torch

    # From where it lies: "transformers" itself gives nobody its names who waited while another thread imported it.
    from transformers.models.auto.modeling_auto import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **settings)


def _write_weights(reader: "GGUFReader", layout: Layout, added: Mapping[str, Pair], path: Path) -> None:
    from gguf import dequantize

    weights: dict[str, Weights] = {}
    for tensor in reader.tensors:
        name = layout.checkpoint_name(tensor.name)
        shape = [int(length) for length in reversed(tensor.shape)]
        plain = dequantize(tensor.data, tensor.tensor_type).reshape(shape).astype(np.float32)
        if tensor.name in added:
            plain = plain + added[tensor.name].sum
        weights[name] = np.ascontiguousarray(layout.to_checkpoint(name, plain))
    write_weights(weights, path.parent)


def _write_config(name: str, reader: "GGUFReader", layout: Layout, folder: Path) -> None:
    """What transformers needs to know, from the file's metadata."""
    from transformers.models.auto.configuration_auto import AutoConfig  # see `load_weights`

    def said(key: str, default: Any = None) -> Any:
        return field(reader, f"{layout.architecture}.{key}", default)

    scaling = said("rope.scaling.type", "none")
    if scaling != "none":
        raise TuningError(f"“{name}” stretches its context ({scaling}), with which it cannot be trained here.")
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    width = int(said("embedding_length"))
    config = AutoConfig.for_model(
        layout.architecture,
        architectures=[_CLASSES[layout.architecture]],
        vocab_size=int(tensors["token_embd.weight"].shape[1]),
        hidden_size=width,
        intermediate_size=int(said("feed_forward_length")),
        num_hidden_layers=int(said("block_count")),
        num_attention_heads=layout.heads,
        num_key_value_heads=layout.key_heads,
        head_dim=int(said("attention.key_length", width // layout.heads)),
        max_position_embeddings=int(said("context_length")),
        rms_norm_eps=float(said("attention.layer_norm_rms_epsilon")),
        rope_parameters={"rope_type": "default", "rope_theta": float(said("rope.freq_base", 10_000.0))},
        bos_token_id=int(field(reader, "tokenizer.ggml.bos_token_id", -1)),
        eos_token_id=int(field(reader, "tokenizer.ggml.eos_token_id", -1)),
        tie_word_embeddings="output.weight" not in tensors,
        dtype="float32",
    )
    (folder / CONFIG).write_text(config.to_json_string(use_diff=False), encoding="utf-8")


def _digest(paths: list[Path]) -> str:
    """SHA-256 of the files' bytes, one after the other: of one file, its own."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    return digest.hexdigest()
