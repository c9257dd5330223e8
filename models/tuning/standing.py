"""Where a training stands, in one file: to go on from after the program was ended. Numbers only, no pickle."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from models.tuning.errors import writing

if TYPE_CHECKING:
    from torch import Tensor

_META = "tuning"


@dataclass(kw_only=True)
class Standing:
    """How far a training has come, beside its weights."""

    step: int = 0
    """Steps that have been made."""
    examples: int = 0
    """Passes over an example, in them."""
    best: float | None = None
    """Lowest held-out loss so far."""
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
    from safetensors.torch import save_file

    meta = json.dumps({"key": key, **asdict(standing)})
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    with writing(path, size) as written:
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        save_file(plain, written, {_META: meta})


def load_standing(path: Path, key: str) -> tuple[Standing, dict[str, "Tensor"]] | None:
    """What was saved for this work; None where there is nothing or it belongs to other work."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            meta = json.loads((file.metadata() or {})[_META])
            if meta.pop("key") != key:
                return None
            meta["held_out"] = [(int(step), float(loss)) for step, loss in meta["held_out"]]
            return Standing(**meta), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, KeyError, TypeError):
        return None  # it is begun anew
