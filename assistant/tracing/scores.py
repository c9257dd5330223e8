"""What a person thinks of an answer, or did with it, as Langfuse's score."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from assistant.tracing.trace import Mask

VOTE = "vote"
"""Name of the score that a thumb gives."""

SOURCE = "source"
"""Name of the scores that say whether single sources are the right ones."""

_COMMENT_CHARS = 10_000


def score_id(trace_id: str, person: str, name: str, given_at: datetime, about: str = "") -> str:
    """32 hexadecimal digits, the same however often a vote is changed.

    `about` tells scores of one name on one trace apart. The time it was first given is part of it: Langfuse deletes
    late, and would take a vote that was given again after it had been taken back along with the old one.
    """
    given = given_at.astimezone(UTC).isoformat()
    return hashlib.sha256(f"{trace_id} {person} {name}{about} {given}".encode()).hexdigest()[:32]


def score_body(
    trace_id: str,
    *,
    person: str,
    name: str,
    value: float,
    reasons: Sequence[str],
    comment: str,
    better_answer: str,
    given_at: datetime,
    about: str = "",
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The fields of `langfuse.api.CreateScoreRequest`; those that say nothing are left out."""
    said = {"reasons": [*reasons], "better_answer": better_answer, **(details or {})}
    body = {
        "id": score_id(trace_id, person, name, given_at, about),
        "trace_id": trace_id,
        "name": name,
        "value": float(value),
        "data_type": "NUMERIC",
        "comment": comment[:_COMMENT_CHARS] or None,
        "metadata": {field: what for field, what in said.items() if what},
        # Langfuse replaces a score only when its id, its name and the day of its time are the same.
        "timestamp": given_at.astimezone(UTC).isoformat(),
    }
    return {field: what for field, what in body.items() if what is not None}


def masked(score: dict[str, Any], mask: Mask) -> dict[str, Any]:
    """A score with everything in it masked that was said."""
    said = {name: mask(score[name]) for name in ("comment", "metadata") if name in score}
    return score | said
