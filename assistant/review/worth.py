"""How much a look at a turn is worth, and why, in words."""

from dataclasses import dataclass
from math import log2
from typing import Self

from assistant.feedback import REASONS

_SURE = 0.8
_UNSURE = 0.35
"""Confidence from which on an answer is taken for sure, and below which for unsure; set by hand."""


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What is known of a turn without reading it."""

    vote: int | None = None
    """1 up, -1 down, None: nobody has voted."""
    reasons: tuple[str, ...] = ()
    has_better: bool = False
    """Whether a better answer was given."""
    confidence: float | None = None
    abstained: bool = False
    stopped_by: str | None = None
    unsupported: int = 0
    """Sentences that no passage bears out."""
    wrong_sources: int = 0
    """Sources that who asked has marked as wrong."""


@dataclass(frozen=True, kw_only=True)
class Others:
    """What the turns say in which the same was asked, this one among them."""

    people: int = 1
    """How many have asked it, at least: 1, 2, 4, 8 … , so that one more is seldom a change."""
    is_disputed: bool = False
    """Whether thumbs of theirs point up and down."""

    @classmethod
    def of(cls, *, people: int, is_disputed: bool) -> Self:
        """From how many have asked it exactly."""
        return cls(people=1 << max(people, 1).bit_length() - 1, is_disputed=is_disputed)


def worth_of(signals: Signals, others: Others) -> tuple[float, list[str]]:
    """What a look is worth, from 0, and sentences that say why, the weightiest first. Weights are set by hand."""
    found = [(weight, says) for weight, says in _found(signals, others) if weight]
    found.sort(key=lambda one: -one[0])
    return sum(weight for weight, _ in found), [says for _, says in found]


def _found(signals: Signals, others: Others) -> list[tuple[float, str]]:
    is_down, is_up = signals.vote == -1, signals.vote == 1
    is_sure = signals.confidence is not None and signals.confidence >= _SURE and not signals.abstained
    is_unsure = signals.confidence is not None and signals.confidence < _UNSURE and not signals.abstained
    reasons = "; ".join(REASONS.get(reason, reason) for reason in signals.reasons)
    return [
        (3.0 * others.is_disputed, "People who asked this disagree about the answer."),
        (2.0 * is_down, f"A thumb points down{f': {reasons}' if reasons else ''}."),
        (2.0 * signals.has_better, "Somebody wrote a better answer."),
        (1.0 * (is_down and is_sure and not signals.unsupported), "The desk was sure, the person was not content."),
        (1.0 * (is_up and (is_unsure or bool(signals.unsupported))), "The desk was not sure, the person was content."),
        (1.0 * bool(signals.unsupported), "The answer says something that no passage bears out."),
        (1.0 * bool(signals.wrong_sources), "A source was marked as a wrong one."),
        (1.0 * is_unsure, "The desk was not sure that the documents answer this."),
        (1.0 * signals.abstained, "It was said not to be in the documents."),
        (log2(others.people) if others.people > 1 else 0.0, f"{others.people} people or more have asked this."),
        (0.5 * is_up, "A thumb points up: a good row, perhaps."),
    ]
