"""Where a training stands, in one file: numbers only, no pickle. Written and read by both trainings."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

_META = "standing"


def write_standing(path: Path, key: str, standing: Mapping[str, Any], tensors: Mapping[str, "Tensor"]) -> None:
    """Write it to `path`; `key` names the work that it belongs to."""
    from safetensors.torch import save_file

    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    save_file(plain, path, {_META: json.dumps({"key": key, **standing})})


def read_standing(path: Path, key: str) -> tuple[dict[str, Any], dict[str, "Tensor"]] | None:
    """What was written for this work; None where there is nothing, or nothing whole, or it belongs to other work."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            standing = json.loads((file.metadata() or {})[_META])
            if standing.pop("key") != key:
                return None
            return standing, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError):
        return None  # it is begun anew
