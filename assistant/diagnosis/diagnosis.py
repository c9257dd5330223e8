"""What a diagnosis is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Fault = Literal[
    "stopped-by-a-rail",
    "not-on-the-desk",
    "outdated",
    "not-retrieved",
    "wrongly-refused",
    "not-used",
    "misread",
    "unsupported",
    "style",
    "slow",
    "unknown",
]

FAULTS: Mapping[Fault, str] = {
    "stopped-by-a-rail": "A rail stopped the answer",
    "not-on-the-desk": "No document on the desk answers this",
    "outdated": "What the answer rests on is outdated",
    "not-retrieved": "The right passage was not found",
    "wrongly-refused": "It was refused, though the documents answer it",
    "not-used": "The right passage was found, but not used",
    "misread": "The right passage was cited, but misread",
    "unsupported": "The answer says what no passage says",
    "style": "What it says is right, how it says it is not liked",
    "slow": "The answer took too long",
    "unknown": "It was not found out where it went wrong",
}
"""Where an answer can go wrong, in the order of a turn, and how people say it."""

RETRIEVAL: frozenset[Fault] = frozenset({"not-retrieved"})
"""Faults that search is to learn from."""

RETRIEVAL_FAULTS = "retrieval-faults"
"""The data set that they go into."""

GENERATION: frozenset[Fault] = frozenset({"wrongly-refused", "not-used", "misread", "unsupported", "style"})
"""Faults that a model is to learn from."""

MISSING: frozenset[Fault] = frozenset({"not-on-the-desk", "outdated"})
"""Faults that whoever keeps the documents is to put right."""


def consequence_of(fault: Fault) -> str:
    """What becomes of an answer with this fault, one sentence."""
    if fault in RETRIEVAL:
        return f"Approved, its question and source go into “{RETRIEVAL_FAULTS}” too, for search to be fitted to."
    if fault in GENERATION:
        return "Approved, it is a row for the next model to learn from."
    if fault in MISSING:
        return "It is on the list of what is missing, on the Documents page."
    return "Nothing is learnt from that; a row can be made of it all the same."


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something that was looked at to find the fault."""

    name: str
    says: str
    """What was found, one sentence."""
    points_to: Fault | None
    """The fault that it speaks for; None where all was well."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A passage that answers the question, as far as the desk can tell."""

    document: str
    page: int | None
    quote: str
    """What answers, in the document's own words."""
    rank: int | None
    """In a search now, from 1; None: a search now does not find it."""


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
    right: Place | None
    """Where the answer stands; None where nothing on the desk seems to answer."""
    made_at: datetime
    corrected_by: str | None = None
    """Who has looked at it and said what the fault is, the same or another, by pseudonym."""
    corrected_at: datetime | None = None

    @property
    def is_corrected(self) -> bool:
        """Whether somebody has said what the fault is."""
        return self.corrected_by is not None
