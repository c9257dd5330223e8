"""Which model is promoted: what all that was decided so far comes to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Action = Literal["promote", "rollback", "retire"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Something that was decided about a model."""

    action: Action
    model: str
    """Its name then."""
    sha256: str
    """Of its file."""
    by: str
    """Who decided it: a person's pseudonym, or “command line”."""
    reason: str
    made_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Models by the SHA-256 of their files."""

    stack: tuple[str, ...] = ()
    """The promoted one last, before it those that a step back goes to; of either work, as they were promoted."""
    retired: frozenset[str] = frozenset()


def standing_of(decisions: Iterable[Decision]) -> Standing:
    """Where models stand after these decisions, the oldest first.

    To promote puts a model on top, also one that was retired; to roll back takes it away from where it was put last; to
    retire takes a model out, wherever it is.
    """
    stack: list[str] = []
    retired: set[str] = set()
    for decision in decisions:
        match decision.action:
            case "promote":
                retired.discard(decision.sha256)
                stack.append(decision.sha256)
            case "rollback":
                # That of its kind: one that was promoted for another work may lie above it.
                at = max((at for at, sha256 in enumerate(stack) if sha256 == decision.sha256), default=None)
                if at is not None:
                    del stack[at]
            case "retire":
                retired.add(decision.sha256)
                stack = [sha256 for sha256 in stack if sha256 != decision.sha256]
        stack = [sha256 for at, sha256 in enumerate(stack) if at == 0 or stack[at - 1] != sha256]
    return Standing(stack=tuple(stack), retired=frozenset(retired))
