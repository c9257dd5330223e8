"""Where a fitting stands, in one file: to go on from after the program was ended. Numbers only, no pickle."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_META = "fitting"


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
    from safetensors.torch import save_file

    written = path.with_suffix(".new")
    meta = json.dumps({"key": key, **asdict(standing)})
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, written, {_META: meta})
    written.replace(path)


def load_checkpoint(path: Path, key: str) -> tuple[Standing, dict[str, "Tensor"]] | None:
    """What was saved for this work; None where there is nothing or it belongs to other work."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            meta = json.loads((file.metadata() or {})[_META])
            if meta.pop("key") != key:
                return None
            meta["scores"] = [(int(step), float(score)) for step, score in meta["scores"]]
            return Standing(**meta), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, KeyError, TypeError):
        return None  # it is begun anew
