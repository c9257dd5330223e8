"""Where a training stands, in one file: to go on from after the program was ended. Numbers only, no pickle."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from models.standing_file import read_standing, write_standing
from models.tuning.errors import writing

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(kw_only=True)
class Standing:
    """How far a training has come, beside its weights."""

    step: int = 0
    """Steps that have been made."""
    examples: int = 0
    """Passes over an example, in them."""
    best: float | None = None
    """The least so far of what is to be least: of losses, held out and learnt."""
    best_step: int = 0
    misses: int = 0
    """Looks at the held-out examples since then."""
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    """Mean loss a token of each step."""
    held_out: list[tuple[int, float]] = field(default_factory=list)
    """Step and mean loss a token of each look at the held-out examples."""


def save_standing(path: Path, key: str, standing: Standing, tensors: Mapping[str, "Tensor"]) -> None:
    """Write the file in one step; `key` names the work that it belongs to.

    Raises:
        TuningError: the disk is full.
    """
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    with writing(path, size) as written:
        write_standing(written, key, asdict(standing), tensors)


def load_standing(path: Path, key: str) -> tuple[Standing, dict[str, "Tensor"]] | None:
    """What was saved for this work; None where there is nothing or it belongs to other work."""
    read = read_standing(path, key)
    if read is None:
        return None
    said, tensors = read
    try:
        said["held_out"] = [(int(step), float(loss)) for step, loss in said["held_out"]]
        return Standing(**said), tensors
    except (ValueError, KeyError, TypeError):
        return None  # it is begun anew
