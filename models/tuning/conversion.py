"""GGUF files of what was trained: whole models, and adapters alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.tuning.adapter import Pair, read_adapter, read_adapter_gguf
from models.tuning.checkpoint import Checkpoint, read_weights
from models.tuning.errors import TuningError, writing
from models.tuning.layout import Weights, open_gguf

if TYPE_CHECKING:
    from gguf import GGUFReader, GGUFWriter

_NOT_COPIED = ("general.architecture", "general.file_type", "general.quantization_version", "quantize.")


def to_gguf(checkpoint: Checkpoint, out: Path, *, name: str | None = None) -> Path:
    """Write the checkpoint as an F16 GGUF file, with tokenizer, template and all else of the file it came from.

    `name` is what the new model is called; None keeps the old one's.

    Raises:
        TuningError: the weights are not those of the source's kind, or the disk is full.
    """
    from gguf import GGML_QUANT_VERSION, GGUFWriter, LlamaFileType

    reader, layout = open_gguf(checkpoint.source)
    shapes = {tensor.name: tuple(int(length) for length in reversed(tensor.shape)) for tensor in reader.tensors}
    with writing(out, sum(2 * int(tensor.n_elements) for tensor in reader.tensors)) as written:
        writer = GGUFWriter(written, layout.architecture)
        copy_metadata(reader, writer, {"general.name": name} if name else {})
        writer.add_file_type(LlamaFileType.MOSTLY_F16)
        writer.add_quantization_version(GGML_QUANT_VERSION)
        weights: dict[str, NDArray[Any]] = {}
        for own, plain in read_weights(checkpoint.folder):
            there = layout.gguf_name(own)
            if there == "output.weight" and there not in shapes:
                continue  # tied: the same matrix as the embedding
            if shapes.get(there) != plain.shape:
                raise TuningError(f"“{own}” of the checkpoint does not fit “{checkpoint.source.name}”.")
            weights[there] = half(layout.to_gguf(own, plain))
        if missing := shapes.keys() - weights.keys():
            raise TuningError(f"The checkpoint lacks weights: {', '.join(sorted(missing)[:3])}.")
        for there in shapes:
            writer.add_tensor(there, weights[there])
        write_all(writer)
    return out


def adapter_to_gguf(
    adapter: Path,
    source: Path,
    out: Path,
    *,
    rank: int | None = None,
    strength: float = 1.0,
    beside: Path | None = None,
) -> Path:
    """Write an adapter, or a share of it, alone as a GGUF file of a few MB, to be laid over `source`.

    `source` is the model that it was trained from; `beside` is an adapter's GGUF file that lay over it then and becomes
    part of this one. A lower `rank` keeps what matters most (truncated singular value decomposition).

    Raises:
        TuningError: it is no adapter, or not of this model; or the disk is full.
    """
    from gguf import GGUFWriter

    learnt = read_adapter(adapter)
    reader, layout = open_gguf(source)
    shapes = {tensor.name: tuple(int(length) for length in reversed(tensor.shape)) for tensor in reader.tensors}
    pairs: dict[str, Pair] = {}
    for own, pair in learnt.items():
        there = layout.gguf_name(own)
        if shapes.get(there) != (len(pair.b), pair.a.shape[1]):
            raise TuningError(f"“{adapter.name}” was not trained from “{source.name}”.")
        pairs[there] = Pair(pair.a, layout.to_gguf(own, pair.b), strength * pair.scale)
    if beside is not None:
        pairs = _joined(pairs, read_adapter_gguf(beside))
    ranks = {len(pair.a) if rank is None else min(rank, len(pair.a)) for pair in pairs.values()}
    if len(ranks) != 1:
        raise TuningError(f"“{adapter.name}” has matrices of several ranks, which a GGUF file cannot say.")
    kept = ranks.pop()
    with writing(out, sum(2 * (pair.a.size + pair.b.size) for pair in pairs.values())) as written:
        writer = GGUFWriter(written, layout.architecture)
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", next(iter(pairs.values())).scale * kept)
        for there, pair in pairs.items():
            small = _truncated(pair, kept)
            writer.add_tensor(f"{there}.lora_a", np.ascontiguousarray(small.a.astype(np.float16)))
            writer.add_tensor(f"{there}.lora_b", np.ascontiguousarray(small.b.astype(np.float16)))
        write_all(writer)
    return out


def copy_metadata(reader: "GGUFReader", writer: "GGUFWriter", changed: Mapping[str, str] | None = None) -> None:
    """Tokenizer, template and all else that does not speak of the weights, some of it `changed`."""
    from gguf import GGUFValueType

    changed = changed or {}
    for key, held in reader.fields.items():
        if key.startswith(("GGUF.", *_NOT_COPIED)) or key in changed:
            continue
        kind = held.types[0]
        sub_type = held.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(key, held.contents(), kind, sub_type=sub_type)
    for key, text in changed.items():
        writer.add_string(key, text)


def write_all(writer: "GGUFWriter") -> None:
    """Write what the writer was given, and close it."""
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def half(weights: Weights) -> NDArray[Any]:
    """As llama.cpp has them in an F16 file: norms and biases stay in full."""
    return np.ascontiguousarray(weights if weights.ndim == 1 else weights.astype(np.float16))


def _joined(one: Mapping[str, Pair], other: Mapping[str, Pair]) -> dict[str, Pair]:
    """Both added: their matrices side by side."""
    joined = {}
    for name in sorted(one.keys() | other.keys()):
        both = [pairs[name] for pairs in (one, other) if name in pairs]
        a = np.concatenate([pair.a for pair in both])
        joined[name] = Pair(a, np.concatenate([pair.scale * pair.b for pair in both], axis=1), 1.0)
    return joined


def _truncated(pair: Pair, rank: int) -> Pair:
    if rank >= len(pair.a):
        return pair
    q_b, r_b = np.linalg.qr(pair.b)
    q_a, r_a = np.linalg.qr(pair.a.T)
    left, values, right = np.linalg.svd(r_b @ r_a.T)
    root = np.sqrt(values[:rank])
    return Pair((root[:, None] * right[:rank]) @ q_a.T, q_b @ (left[:, :rank] * root), pair.scale)
