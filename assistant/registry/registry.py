"""The models that can answer, where each stands, and which is offered first."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.data_sets.data_set import State, UnknownDataSet
from assistant.data_sets.data_sets import DataSets
from assistant.prompts import QUOTE
from assistant.registry.decisions import Decisions
from assistant.registry.errors import RegistryError
from assistant.registry.standing import Decision, Standing
from assistant.registry.students import STUDENTS, Student, may, student_of
from assistant.registry.verdict import Kept
from models.card import ModelCard
from models.registry import ModelFolder

_LASTING: Mapping[str, frozenset[State]] = {
    "rows": frozenset({"approved"}),
    "proposed": frozenset({"approved", "proposed"}),
}
"""In what state rows still stand that a model was made from, by the part of its card."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A model, and where it stands."""

    card: ModelCard
    kept: Kept | None
    """The gate's last verdict."""
    is_promoted: bool
    is_first: bool
    """Whether it answers unless another is chosen: the promoted one, else that of the settings."""
    is_retired: bool
    is_offered: bool
    """Whether it can be chosen in the sidebar."""
    withdrawn: int = 0
    """Rows that it was made from and that its data set does not have any more as they were."""
    learnt: int = 0
    """Rows that it was made from."""

    @property
    def student(self) -> Student | None:
        """What it was taught here; None of one that may be asked for both."""
        return student_of(self.card)

    @property
    def says(self) -> str:
        """Where it stands, in a few words."""
        if self.is_promoted:
            return "promoted"
        if self.is_retired:
            return "retired"
        if self.card.made is None:
            return "answers unless another is chosen" if self.is_first else "offered"
        if self.kept is None:
            return "not judged yet"
        if self.kept.verdict.accepted:
            return "passed"
        return "offered against the gate" if self.kept.override_reason else "not passed"

    @property
    def mark(self) -> str | None:
        """What is to be known of the rows that it was made from."""
        if not self.withdrawn:
            return None
        return f"{self.withdrawn} of its {self.learnt} rows {_have(self.withdrawn)} been withdrawn or changed since."


class Registry:
    """Lists models, promotes them, and takes that back; effective with the next question. Thread-safe."""

    def __init__(
        self, *, models: ModelFolder, decisions: Decisions, data_sets: DataSets, default: Callable[[], str]
    ) -> None:
        """`default` names the model of the settings."""
        self._models = models
        self._decisions = decisions
        self._data_sets = data_sets
        self._default = default

    def entries(self) -> list[Entry]:
        """Every model on this machine."""
        standing, verdicts = self._decisions.standing(), self._decisions.verdicts()
        cards = self._models.list()
        promoted = {self._promoted(cards, standing, student) for student in STUDENTS}
        first = self._promoted(cards, standing, "answering") or self._default()
        return [self._entry(card, standing, verdicts, promoted, first) for card in cards]

    def find(self, name: str) -> Entry:
        """One of them.

        Raises:
            ModelFileError: there is none of that name.
        """
        self._models.find(name)
        return next(entry for entry in self.entries() if entry.card.name == name)

    def offered(self, student: Student = "answering") -> list[str]:
        """Names for the sidebar, or for who writes summaries; the promoted one first, else that of the settings.

        Cheap: each page asks for it.
        """
        cards, standing, passed = self._models.list(), self._decisions.standing(), self._decisions.let_through()
        promoted, default = self._promoted(cards, standing, student), self._default()
        names = [
            card.name
            for card in cards
            if may(student, card)
            and (
                card.name == promoted
                or (card.sha256 not in standing.retired and _may_be_offered(card, passed=card.sha256 in passed))
            )
        ]
        return sorted(names, key=lambda name: (name != promoted, name != default))

    def promoted(self) -> str:
        """Name of the model that answers unless another is chosen: the promoted one, else that of the settings."""
        return self._promoted(self._models.list(), self._decisions.standing(), "answering") or self._default()

    def summariser(self) -> str | None:
        """Name of the model that was promoted to write summaries; None: those are the documents' own sentences."""
        return self._promoted(self._models.list(), self._decisions.standing(), "summarising")

    def history(self) -> Sequence[Decision]:
        """All that was decided, the oldest first."""
        return self._decisions.history()

    def promote(self, name: str, *, by: str, reason: str = "", override: bool = False) -> Entry:
        """Let a model answer, or summarise, from the next time on, wherever nobody has chosen another.

        One that did not pass the gate needs `override` and a reason, which are kept.

        Raises:
            ModelFileError: there is none of that name.
            RegistryError: it did not pass, or there is no reason to let it through all the same.
        """
        entry = self.find(name)
        if entry.is_promoted:
            raise RegistryError(f"The model “{name}” is promoted already.")
        if not _may_be_offered(entry.card, passed=_passed(entry.kept)):
            if not override:
                why = entry.kept.verdict.says if entry.kept else "The gate has not judged it yet."
                raise RegistryError(f"The model “{name}” did not pass the gate, so it stays where it is: {why}")
            self._decisions.override(entry.card.sha256, by=by, reason=reason)
        self._decide("promote", entry.card, by, reason)
        return self.find(name)

    def override(self, name: str, *, by: str, reason: str) -> Entry:
        """Offer a model that did not pass, without promoting it.

        Raises:
            ModelFileError: there is none of that name.
            RegistryError: there is no verdict, or no reason.
        """
        self._decisions.override(self.find(name).card.sha256, by=by, reason=reason)
        return self.find(name)

    def rollback(self, *, by: str, reason: str = "", student: Student = "answering") -> str:
        """Go back to the model that was promoted before; gives its name.

        Without one, it is that of the settings which answers, and `quote` that summarises.

        Raises:
            RegistryError: no model is promoted.
        """
        promoted = next(
            (one for one in self.entries() if one.is_promoted and (one.student or "answering") == student), None
        )
        if promoted is None:
            to = "" if student == "answering" else " to summarise"
            raise RegistryError(f"There is nothing to roll back: no model is promoted{to}.")
        self._decide("rollback", promoted.card, by, reason)
        return self.promoted() if student == "answering" else self.summariser() or QUOTE

    def retire(self, name: str, *, by: str, reason: str = "") -> Entry:
        """Take a model out of the sidebar for good; its file and its card stay.

        Raises:
            ModelFileError: there is none of that name.
            RegistryError: it comes with the program or is retired already.
        """
        entry = self.find(name)
        if entry.card.added_at is None:
            raise RegistryError(f"The model “{name}” comes with Refdesk: it stays, as what can always be gone back to.")
        if entry.is_retired:
            raise RegistryError(f"The model “{name}” is retired already.")
        self._decide("retire", entry.card, by, reason)
        return self.find(name)

    def _decide(self, action: Any, card: ModelCard, by: str, reason: str) -> None:
        self._decisions.decide(
            Decision(action=action, model=card.name, sha256=card.sha256, by=by, reason=reason.strip())
        )

    @staticmethod
    def _promoted(cards: Sequence[ModelCard], standing: Standing, student: Student) -> str | None:
        """The uppermost that does this and is still here: somebody may have removed its file.

        One that was taught neither is promoted to answer.
        """
        names = {card.sha256: card.name for card in cards if (student_of(card) or "answering") == student}
        return next((names[sha256] for sha256 in reversed(standing.stack) if sha256 in names), None)

    def _entry(
        self,
        card: ModelCard,
        standing: Standing,
        verdicts: Mapping[str, Kept],
        promoted: Container[str | None],
        first: str,
    ) -> Entry:
        kept, retired = verdicts.get(card.sha256), card.sha256 in standing.retired
        learnt, withdrawn = self._withdrawn(card)
        return Entry(
            card=card,
            kept=kept,
            is_promoted=card.name in promoted,
            is_first=card.name == first,
            is_retired=retired,
            is_offered=card.name in promoted or (not retired and _may_be_offered(card, passed=_passed(kept))),
            learnt=learnt,
            withdrawn=withdrawn,
        )

    def _withdrawn(self, card: ModelCard) -> tuple[int, int]:
        """Of the rows that a model was made from: how many, and how many are gone, rejected or changed."""
        made = card.made or {}
        learnt: list[tuple[str, str, frozenset[State]]] = [
            (row_id, content, states)
            for part, states in _LASTING.items()
            for row_id, content in made.get(part, {}).items()
        ]
        if not learnt:
            return 0, 0
        try:
            now = {item.row.id: (item.state, item.row.content_hash) for item in self._data_sets.items(made["data_set"])}
        except UnknownDataSet:
            now = {}
        stand = [now.get(row_id) in {(state, content) for state in states} for row_id, content, states in learnt]
        return len(learnt), stand.count(False)


def _may_be_offered(card: ModelCard, *, passed: bool) -> bool:
    """What the lab made has to pass; what somebody added by hand was their choice."""
    return card.made is None or passed


def _passed(kept: Kept | None) -> bool:
    return kept is not None and kept.lets_through


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
