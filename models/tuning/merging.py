"""A checkpoint with what was learnt added to its weights."""

import shutil
from dataclasses import replace
from pathlib import Path

from models.tuning.adapter import read_adapter
from models.tuning.checkpoint import Checkpoint, read_weights, write_weights
from models.tuning.errors import TuningError, writing


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
            weights[name] = weights[name] + pair.sum
        write_weights(weights, written)
        shutil.copy(checkpoint.folder / "config.json", written / "config.json")
    return replace(checkpoint, folder=folder)
