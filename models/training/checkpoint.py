"""Where a fitting stands, in one file: to go on from after the program was ended. Numbers only, no pickle."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from models.standing_file import read_standing, write_standing

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(kw_only=True)
class Standing:
    """How far a fitting has come, beside its weights."""

    step: int = 0
    """Batches that have been learnt from."""
    best: float = -1.0
    """Best MRR on the held-out pairs so far."""
    best_step: int = 0
    misses: int = 0
    """Evaluations since then."""
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    """Of each step."""
    scores: list[tuple[int, float]] = field(default_factory=list)
    """Step and MRR of each evaluation."""


def save_checkpoint(path: Path, key: str, standing: Standing, tensors: Mapping[str, "Tensor"]) -> None:
    """Write the file in one step; `key` names the work that it belongs to."""
    written = path.with_suffix(".new")
    write_standing(written, key, asdict(standing), tensors)
    written.replace(path)


def load_checkpoint(path: Path, key: str) -> tuple[Standing, dict[str, "Tensor"]] | None:
    """What was saved for this work; None where there is nothing or it belongs to other work."""
    read = read_standing(path, key)
    if read is None:
        return None
    said, tensors = read
    try:
        said["scores"] = [(int(step), float(score)) for step, score in said["scores"]]
        return Standing(**said), tensors
    except (ValueError, KeyError, TypeError):
        return None  # it is begun anew
