"""The note in .venv that says what was installed from what, so that a second start has nothing to do."""

import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "refdesk-stamp.json"


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """One finished set-up."""

    inputs: str
    """Fingerprint of everything that decides what is installed."""
    extras: tuple[str, ...]
    """The optional dependencies of pyproject.toml that were installed too, sorted."""
    torch: str
    """`cpu` for the CPU-only build, `default` for what pip chose."""

    def covers(self, *, inputs: str, extras: Iterable[str], torch: str) -> bool:
        """Whether this set-up serves a run that needs these; `torch="ask"` is served by every build."""
        return self.inputs == inputs and set(extras) <= set(self.extras) and torch in ("ask", self.torch)

    def write(self, environment: Path) -> None:
        """Leave the stamp in the virtual environment."""
        (environment / NAME).write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")


def read_stamp(environment: Path) -> Stamp | None:
    """Return the stamp of a virtual environment; None when its set-up was never finished."""
    try:
        found = json.loads((environment / NAME).read_text(encoding="utf-8"))
        return Stamp(inputs=found["inputs"], extras=tuple(found["extras"]), torch=found["torch"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def remove_stamp(environment: Path) -> None:
    """Mark the set-up as unfinished, so that one that is interrupted is not trusted."""
    (environment / NAME).unlink(missing_ok=True)


def fingerprint(root: Path) -> str:
    """Hash the declared dependencies, their pins, the Python version and the place, as hexadecimal SHA-256."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        content = (root / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    # The scripts of a virtual environment hold its absolute path: a folder that was moved is set up anew.
    digest.update(f"{sys.version_info[:3]} {root.resolve()}".encode())
    return digest.hexdigest()
