"""A first try of a model file, where it can break nothing.

A header may be right in every part and llama.cpp still end the process over the model it describes.
"""

from pathlib import Path
from typing import Any

from models.confined import Confined, ConfinedError, LimitExceeded
from models.engine import READ_TOKENS, Engine
from models.gguf import ModelFileError

_TIMEOUT_S = 600.0
_MEMORY_MB = 4096
"""Beside the model itself."""


def try_out(path: Path) -> None:
    """Load the model at `path` and compute a token, in a confined child.

    Raises:
        ModelFileError: llama.cpp cannot work with it.
    """
    model_mb = path.stat().st_size >> 20
    try:
        with Confined("models.trial:compute_token", memory_mb=_MEMORY_MB + 3 * model_mb) as child:
            child.call({"path": str(path.resolve())}, timeout_s=_TIMEOUT_S)
    except ConfinedError as error:
        raise ModelFileError(f"“{path.name}” is a GGUF file, but {error}.") from None
    except LimitExceeded as error:
        raise ModelFileError(f"“{path.name}” is a GGUF file, but llama.cpp breaks on it ({error.limit}).") from None


def compute_token(request: dict[str, Any]) -> dict[str, Any]:
    """Compute one token with the model at `request["path"]`; in the confined child."""
    engine = Engine(Path(request["path"]), context_tokens=READ_TOKENS, threads=1)
    engine.read([0])
    with engine.sampler(0.0) as choose:
        choose()
    engine.close()
    return {}
