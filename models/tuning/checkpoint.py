"""A checkpoint: a model's weights in full precision, as torch trains them, made from a GGUF file."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.tuning.errors import TuningError, writing
from models.tuning.layout import Layout, Weights, field, open_gguf

if TYPE_CHECKING:
    from gguf import GGUFReader

_WEIGHTS = "model.safetensors"
_CONFIG = "config.json"
_SHARDS = "*.safetensors"
_PIECE_BYTES = 2**22


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A folder with `config.json` and safetensors, and the GGUF file whose tokenizer and template belong to it."""

    folder: Path
    source: Path
    sha256: str
    """Of the weights that training begins with: of the GGUF file, or of the folder's files."""


def restore(source: Path, cache: Path) -> Checkpoint:
    """The weights of the GGUF file `source` as a checkpoint in a folder below `cache`, named by what is in the file.

    It is made once: quantised weights become the numbers that they stand for. Always train from it and not from
    what came of an earlier training, or the errors of each quantising add up.

    Raises:
        TuningError: it is no model that can be trained here, or the disk is full.
    """
    reader, layout = open_gguf(source)
    digest = _digest([source])
    folder = cache / digest[:16]
    if not (folder / _WEIGHTS).is_file():
        size = sum(4 * int(tensor.n_elements) for tensor in reader.tensors)
        with writing(folder, size) as written:
            written.mkdir()
            _write_config(source, reader, layout, written)
            _write_weights(reader, layout, written / _WEIGHTS)
    return Checkpoint(folder=folder, source=source, sha256=digest)


def adopt(folder: Path, source: Path) -> Checkpoint:
    """A Hugging Face folder as a checkpoint; `source` is a GGUF file of the same model, for tokenizer and template.

    Raises:
        TuningError: the two are not of the same shape, or cannot be trained here.
    """
    reader, layout = open_gguf(source)
    if not (folder / _CONFIG).is_file() or not sorted(folder.glob(_SHARDS)):
        raise TuningError(f"“{folder.name}” is no folder with a config.json and safetensors.")
    there = {tensor.name: tuple(int(length) for length in reversed(tensor.shape)) for tensor in reader.tensors}
    here = {layout.gguf_name(name): weights.shape for name, weights in read_weights(folder)}
    here = {name: shape for name, shape in here.items() if name in there or name != "output.weight"}  # tied
    if here != there:
        raise TuningError(f"“{folder.name}” and “{source.name}” are not the same model: their weights differ in shape.")
    return Checkpoint(folder=folder, source=source, sha256=_digest(sorted(folder.glob(_SHARDS))))


def read_weights(folder: Path) -> Iterator[tuple[str, Weights]]:
    """Name and weights of all that is in a checkpoint's folder, one after the other."""
    from safetensors import safe_open

    for path in sorted(folder.glob(_SHARDS)):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118
                yield name, file.get_tensor(name).float().numpy()


def write_weights(weights: dict[str, Weights], folder: Path) -> None:
    """All weights into one file of a checkpoint's folder."""
    from safetensors.numpy import save_file

    save_file(weights, folder / _WEIGHTS, {"format": "pt"})


def _write_weights(reader: "GGUFReader", layout: Layout, path: Path) -> None:
    from gguf import dequantize

    weights: dict[str, Weights] = {}
    for tensor in reader.tensors:
        name = layout.checkpoint_name(tensor.name)
        shape = [int(length) for length in reversed(tensor.shape)]
        plain = dequantize(tensor.data, tensor.tensor_type).reshape(shape).astype(np.float32)
        weights[name] = np.ascontiguousarray(layout.to_checkpoint(name, plain))
    write_weights(weights, path.parent)


def _write_config(source: Path, reader: "GGUFReader", layout: Layout, folder: Path) -> None:
    """The configuration that transformers reads out of the file's metadata."""
    from transformers import AutoConfig

    scaling = field(reader, f"{layout.architecture}.rope.scaling.type", "none")
    if scaling != "none":
        raise TuningError(f"“{source.name}” stretches its context ({scaling}), with which it cannot be trained here.")
    try:
        config = AutoConfig.from_pretrained(source.parent, gguf_file=source.name)
    except (OSError, ValueError, KeyError) as error:
        raise TuningError(f"“{source.name}” cannot be turned into a checkpoint: {str(error).rstrip('.')}.") from error
    tied = all(tensor.name != "output.weight" for tensor in reader.tensors)
    settings = {**config.to_dict(), "tie_word_embeddings": tied, "dtype": "float32"}
    settings["architectures"] = [f"{type(config).__name__.removesuffix('Config')}ForCausalLM"]
    (folder / _CONFIG).write_text(json.dumps(settings, indent=2, default=str) + "\n", encoding="utf-8")


def _digest(paths: list[Path]) -> str:
    """SHA-256 of the files' bytes, one after the other: of one file, its own."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    return digest.hexdigest()
