"""What can go wrong on the way to a new model, and what the way needs."""

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.download import DownloadError, disk_error, require_room

_NEEDED = ("accelerate", "gguf", "peft")
_OS_ERROR = re.compile(r"\(os error (\d+)\)")
"""How safetensors says what the system said."""

NO_MEMORY = "There is not enough memory for this model: take a smaller one."


class TuningError(Exception):
    """A step towards a new model cannot be done; one sentence."""


def require_lab() -> None:
    """Make sure that what only the lab needs is installed.

    Raises:
        TuningError: it is not.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise TuningError(f"Training needs {', '.join(missing)}: set refdesk up again.")


def has_four_bit() -> bool:
    """Whether weights can be held in 4 bits while a model learns (QLoRA)."""
    return importlib.util.find_spec("bitsandbytes") is not None


def require_four_bit() -> None:
    """Make sure of it.

    Raises:
        TuningError: they cannot.
    """
    if not has_four_bit():
        raise TuningError(
            "Weights in 4 bits (QLoRA) need bitsandbytes, which is not here: add it as docs/install.md says, or train"
            " with whole weights."
        )


@contextmanager
def writing(target: Path, size: int) -> Iterator[Path]:
    """Where to write about `size` bytes, a file or a folder; it becomes `target` in one step when all went well.

    Raises:
        TuningError: the disk is full, nothing may be written there, or the memory does not suffice.
    """
    from safetensors import SafetensorError

    written = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        require_room(target.parent, size)
        _remove(written)  # of a time that was cut off
        yield written
        if target.is_dir():
            _remove(target)
        written.replace(target)
    except OSError as error:
        raise TuningError(str(disk_error(error, target))) from error
    except SafetensorError as error:
        number = _OS_ERROR.search(str(error))
        if number is None:
            raise
        cause = OSError(int(number[1]), os.strerror(int(number[1])))
        raise TuningError(str(disk_error(cause, target))) from error
    except MemoryError as error:
        raise TuningError(NO_MEMORY) from error
    except DownloadError as error:
        raise TuningError(str(error)) from error
    finally:
        _remove(written)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
