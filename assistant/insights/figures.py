"""Figures over many answers, as they are shown and exported."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assistant.share import Share

OTHERS = "(others)"
"""What questions are called that are in no topic."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Seconds of many answers."""

    median: float
    p95: float
    answers: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The most important figures."""

    questions: int
    people: int
    """Who asked, counted."""
    outcomes: Mapping[str, int]
    """Questions by how they ended (`assistant.facts.OUTCOMES`)."""
    satisfaction: Share
    """Thumbs up among thumbs."""
    unsupported: int
    """Answers with a sentence that no passage supports."""
    first: Spread | None
    """Seconds until the first word."""
    total: Spread | None
    """Seconds until the whole answer."""
    cost: float | None
    """None where nothing was paid."""
    tokens: int


@dataclass(frozen=True, kw_only=True)
class Day:
    """What was asked on a day, and how it ended."""

    day: date
    outcome: str
    questions: int
    cost: float


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Answers that have something in common."""

    name: str
    questions: int
    satisfaction: Share


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A part of the work of a turn."""

    name: str
    column: str
    """Of `assistant.facts.STAGES`."""
    seconds: Spread


@dataclass(frozen=True, kw_only=True)
class TopicUse:
    """What was asked about a topic."""

    id: int
    """0: questions that are in none."""
    name: str
    """The words that set it apart; empty of none."""
    example: str
    """The question in its middle, as it was asked; empty where that was deleted."""
    questions: int
    missing: int
    """Of these, not in the documents."""
    satisfaction: Share


@dataclass(frozen=True, kw_only=True)
class Unanswered:
    """Questions of the same terms that the documents do not answer."""

    question: str
    """The newest of them, as it was asked."""
    wording: str
    times: int


@dataclass(frozen=True, kw_only=True)
class DocumentUse:
    """What a document was good for."""

    id: int
    name: str
    collection: str
    found: int
    """Answers that passages of it were found for."""
    cited: int
    """Answers that cite it."""
    satisfaction: Share
    """Of the thumbs on answers that cite it."""
    right: int
    """Answers in which a passage of it was marked as the right source."""
    wrong: int
    """Answers in which one was marked as the wrong source."""
    added_at: date

    @property
    def use(self) -> int:
        """How often it was of use: a citation is once, one marked as right twice, one marked as wrong not at all."""
        return self.cited + self.right - self.wrong


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Everything about the answers of a selection."""

    totals: Totals
    before: Totals | None
    """Of as many days before; None where there are none to compare with."""
    days: tuple[Day, ...]
    """Each day with questions, oldest first."""
    kinds: Mapping[str, tuple[Kind, ...]]
    """By "backend", "model", "prompt" and "collection", the most asked first."""
    topics: tuple[TopicUse, ...]
    """The most asked first; empty where questions were not grouped yet."""
    stages: tuple[Stage, ...]
    """In the order of a turn."""
    rails: Mapping[str, int]
    """Questions stopped, by rail; most first."""
    faults: Mapping[str, int]
    """Answers by where they went wrong (`assistant.diagnosis.FAULTS`); most first."""
    signals: Mapping[str, int]
    """Answers by what was done with them (`assistant.signals.SIGNALS`); most first."""
    unanswered: tuple[Unanswered, ...]
    """The most asked first."""
    documents: tuple[DocumentUse, ...]
    """All on the desk, the most useful first."""
