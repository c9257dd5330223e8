"""What a person sees of a conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from assistant.answered import Answered
from assistant.events import Context


@dataclass(frozen=True, kw_only=True)
class Choices:
    """How the next question is to be answered."""

    backend: str
    model: str | None = None
    """None: the backend's first."""
    prompt: str
    collections: tuple[str, ...] = ()
    """All when empty."""


@dataclass(frozen=True, kw_only=True)
class Vote:
    """What a person thinks of an answer."""

    value: int
    """1 up, -1 down."""
    reasons: tuple[str, ...] = ()
    comment: str = ""
    better_answer: str = ""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A line in a person's list of conversations."""

    id: str
    title: str
    changed_at: datetime
    choices: Choices


@dataclass(frozen=True, kw_only=True)
class KeptTurn:
    """A turn of the branch that is shown."""

    id: int
    parent_id: int | None
    answered: Answered
    """Without `finished` where the answer never came to its end."""
    asked_at: datetime
    siblings: tuple[int, ...]
    """Itself and the turns of other branches that could stand here, oldest first."""
    vote: Vote | None = None
    marks: Mapping[int, bool] = field(default_factory=dict)
    """Its sources by number, where the person has said whether each is the right one."""
    under_way: bool = False
    """Whether the answer is being written at this moment, by this server."""


def context_of(turns: Sequence[KeptTurn]) -> Context:
    """What the turn after these, a branch, is asked with; those without an answer are as if they had not been."""
    context = Context()
    for turn in turns:
        if turn.answered.finished is not None:
            context = turn.answered.context(context)
    return context
