"""What the gate says of a model, and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One of the things that a model is held to."""

    passed: bool
    says: str
    """A sentence with its figures."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a model may take the place of the one that answers now."""

    model: str
    sha256: str
    """Of the file that was judged, as it will be served."""
    accepted: bool
    says: str
    """In a sentence or two: why not, or what is better."""
    reasons: tuple[Reason, ...]
    """All of them, those that were kept too."""
    incumbent: str
    """Name of the model that answered then."""
    base: str | None
    """Name of the model that it was made from."""
    prompt: str
    """With which all were asked, with its version."""
    scores: Mapping[str, Mapping[str, Mapping[str, float | None]]] = field(default_factory=dict)
    """Set → model → measure; the quotes alone stand there as “quote”."""
    runs: Mapping[str, str] = field(default_factory=dict)
    """Ids of the evaluation's runs, by “set: model”."""
    beats_quote: bool = False
    """Whether it was shown to answer better than the best sentences do."""

    def to_json(self) -> dict[str, Any]:
        """As the catalogue and scripts have it."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Verdict":
        """What `to_json` made."""
        return _adapter().validate_python(record)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A verdict as it is kept, with what somebody has said against it."""

    verdict: Verdict
    made_at: datetime
    overridden_by: str | None = None
    override_reason: str | None = None

    @property
    def lets_through(self) -> bool:
        """Whether the model may be offered."""
        return self.verdict.accepted or self.override_reason is not None


@cache
def _adapter() -> TypeAdapter[Verdict]:
    return TypeAdapter(Verdict)
