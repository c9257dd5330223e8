"""A model with what was learnt added to its weights: a checkpoint, or a GGUF file."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.tuning.adapter import read_adapter, read_adapter_gguf
from models.tuning.checkpoint import Checkpoint, read_weights, write_weights
from models.tuning.conversion import copy_metadata, write_all
from models.tuning.errors import TuningError, writing
from models.tuning.layout import open_gguf


def merge(checkpoint: Checkpoint, adapter: Path, folder: Path, *, strength: float = 1.0) -> Checkpoint:
    """Write into `folder` the checkpoint with the adapter, or a share of it, added to its weights.

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
            weights[name] = weights[name] + np.float32(strength) * pair.sum
        write_weights(weights, written)
        shutil.copy(checkpoint.folder / "config.json", written / "config.json")
    return replace(checkpoint, folder=folder)


def merge_gguf(source: Path, adapter: Path, out: Path) -> Path:
    """Write the GGUF file `source` with its adapter's GGUF file added to its weights, with eight bits a weight.

    In eight bits, because what an adapter adds is lost between the steps of a coarse grid such as the source's own.
    Needs no torch and a few seconds for a small model.

    Raises:
        TuningError: one of them is no such file, they do not belong together, or the disk is full.
    """
    from gguf import GGML_QUANT_VERSION, GGMLQuantizationType, GGUFWriter, LlamaFileType
    from gguf.quants import dequantize, quantize

    reader, layout = open_gguf(source)
    pairs = read_adapter_gguf(adapter)
    shapes = {tensor.name: tuple(int(length) for length in reversed(tensor.shape)) for tensor in reader.tensors}
    if any(shapes.get(name) != (len(pair.b), pair.a.shape[1]) for name, pair in pairs.items()):
        raise TuningError(f"“{adapter.name}” was not trained from “{source.name}”.")
    with writing(out, sum(int(tensor.n_elements) * 17 // 16 for tensor in reader.tensors)) as written:
        writer = GGUFWriter(written, layout.architecture)
        copy_metadata(reader, writer)
        writer.add_file_type(LlamaFileType.MOSTLY_Q8_0)
        writer.add_quantization_version(GGML_QUANT_VERSION)
        for tensor in reader.tensors:
            plain = dequantize(tensor.data, tensor.tensor_type)
            if tensor.name in pairs:
                plain = plain + pairs[tensor.name].sum
            kind = GGMLQuantizationType.F32 if plain.ndim == 1 else GGMLQuantizationType.Q8_0
            writer.add_tensor(tensor.name, np.ascontiguousarray(quantize(plain, kind)), raw_dtype=kind)
        write_all(writer)
    return out
