"""A model's card."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What is known of a model on this machine."""

    name: str
    path: Path
    """The GGUF file."""
    adapter: Path | None = None
    """A GGUF file of a LoRA adapter that is laid over its weights."""
    sha256: str
    """Of the file, or of the adapter where there is one."""
    bytes: int
    """Of both."""
    architecture: str
    parameters: int
    quantisation: str
    context_tokens: int
    """Longest context that the model was trained for."""
    source: str
    """The path or address it was added from, or the package it came in."""
    added_at: str | None = None
    """ISO 8601, UTC; None for the packaged model."""
    beats_quote: bool = False
    """Whether it was shown to answer better than the best sentences do."""
    made: Mapping[str, Any] | None = None
    """How it came to be, where this desk made it: base, data set, rows, teacher, recipe, seed, versions, steps."""
