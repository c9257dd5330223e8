"""What a diagnosis is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Fault = Literal[
    "not-on-the-desk",
    "not-retrieved",
    "not-used",
    "unsupported",
    "wrongly-refused",
    "stopped-by-a-rail",
    "style",
    "slow",
]

FAULTS: Mapping[Fault, str] = {
    "not-on-the-desk": "No document on the desk answers this",
    "not-retrieved": "The right passage is on the desk, but was not found",
    "not-used": "The right passage was found, but the answer does not use it",
    "unsupported": "The answer says what no passage says",
    "wrongly-refused": "It was said not to be in the documents, though it is",
    "stopped-by-a-rail": "A rail stopped the answer",
    "style": "What it says is right, how it says it is not liked",
    "slow": "The answer took too long",
}
"""Where an answer can go wrong, in the order of a turn, and how people say it."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something that was looked at to find the fault."""

    name: str
    says: str
    """What was found, one sentence."""
    points_to: Fault | None
    """The fault that it speaks for; None where all was well."""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Where an answer went wrong."""

    turn_id: int
    fault: Fault
    """As somebody corrected it, else as the checks have it."""
    found: Fault
    """As the checks have it."""
    checks: tuple[Check, ...]
    """In the order in which they were made."""
    is_corrected: bool
    """Whether somebody has looked at it and said what the fault is, the same or another."""
    made_at: datetime
