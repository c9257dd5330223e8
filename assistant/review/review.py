"""What a reviewer sees and decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from assistant.answered import Answered
from assistant.conversations import Vote
from assistant.data_sets.rows import Row
from assistant.diagnosis import Diagnosis

Decision = Literal["approved", "corrected", "rejected", "private"]

DECISIONS: Mapping[Decision, str] = {
    "approved": "The row is right as it is proposed",
    "corrected": "The row is right as the reviewer wrote it",
    "rejected": "No row is to be made of it",
    "private": "It is nobody else's business: no row is made of it, and no other reviewer is shown it",
}
"""What becomes of a turn."""


class ReviewError(Exception):
    """Something that cannot be decided so; one sentence."""


@dataclass(frozen=True, kw_only=True)
class ReviewedTurn:
    """A turn that one reviewer holds. Whose it is, it does not say."""

    turn_id: int
    why: tuple[str, ...]
    """Sentences that say why it is worth a look, the weightiest first."""
    answered: Answered
    before: Sequence[Answered]
    """The turns of its conversation that it comes after, the oldest first."""
    vote: Vote | None
    diagnosis: Diagnosis | None
    """Where it went wrong; None where no thumb points down, or nobody has looked yet."""
    marks: Mapping[int, bool]
    """Sources by number, where who asked has said whether each is the right one."""
    asked_at: datetime
    row: Row
    """What would be approved."""
    held_until: datetime


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the review is."""

    waiting: int
    """Those that others hold among them."""
    done_today: int
    """By everybody, since midnight UTC."""
