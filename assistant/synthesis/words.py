"""English words that the rules know, from the file beside this one."""

import tomllib
from pathlib import Path
from typing import Any

_FILE: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

IRREGULAR: dict[str, str] = _FILE["irregular"]
"""Base of each irregular past."""


def word_list(name: str) -> frozenset[str]:
    """The words of an entry."""
    return frozenset(_FILE[name].split())
