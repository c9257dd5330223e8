"""Which answers are looked at."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from assistant.insights.tables import TurnDocumentRow, TurnFactsRow
from assistant.tables import DiagnosisRow, VoteRow
from ingest.tables import CollectionRow, DocumentRow


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Days, and what must be so of an answer; None leaves it open."""

    since: date | None = None
    """The first day, in UTC."""
    until: date | None = None
    """The last day."""
    backend: str | None = None
    """Empty: none, where quotes are the answer."""
    model: str | None = None
    prompt: str | None = None
    collection: str | None = None
    """By name: passages of it were found."""
    document: int | None = None
    """By id: passages of it were found."""
    cited: int | None = None
    """By id: the answer cites it."""
    outcome: str | None = None
    vote: int | None = None
    """1 up, -1 down."""
    rail: str | None = None
    fault: str | None = None
    wording: str | None = None
    """As `assistant.insights.facts.wording` has it."""
    slow_s: float | None = None
    """Whole after this many seconds or more."""

    def before(self) -> "Selection | None":
        """As many days before these; None where there is no first or last day."""
        if self.since is None or self.until is None:
            return None
        days = (self.until - self.since).days + 1
        return replace(self, since=self.since - timedelta(days=days), until=self.since - timedelta(days=1))

    def conditions(self) -> list[ColumnElement[bool]]:
        """What it asks of `TurnFactsRow`, all of which must be so."""
        facts, asked = TurnFactsRow, list[ColumnElement[bool]]()
        if self.since is not None:
            asked.append(facts.day >= self.since)
        if self.until is not None:
            asked.append(facts.day <= self.until)
        if self.backend is not None:
            asked.append(facts.backend == self.backend if self.backend else facts.backend.is_(None))
        for column in ("model", "prompt", "outcome", "rail", "wording"):
            if (value := getattr(self, column)) is not None:
                asked.append(getattr(facts, column) == value)
        if self.slow_s is not None:
            asked.append(facts.total_s >= self.slow_s)
        return asked + self._beside()

    def _beside(self) -> list[ColumnElement[bool]]:
        """What it asks of the tables beside: by names of their own, for the query may have these tables too."""
        turn_id = TurnFactsRow.turn_id
        used, voted, wrong = aliased(TurnDocumentRow), aliased(VoteRow), aliased(DiagnosisRow)
        asked: list[ColumnElement[bool]] = []
        if self.document is not None:
            asked.append(turn_id.in_(select(used.turn_id).where(used.document_id == self.document)))
        if self.cited is not None:
            asked.append(turn_id.in_(select(used.turn_id).where(used.document_id == self.cited, used.cited)))
        if self.vote is not None:
            asked.append(turn_id.in_(select(voted.turn_id).where(voted.value == self.vote)))
        if self.fault is not None:
            asked.append(turn_id.in_(select(wrong.turn_id).where(wrong.fault == self.fault)))
        if self.collection is not None:
            of_it = (
                select(DocumentRow.id)
                .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
                .where(CollectionRow.name == self.collection)
                .correlate(None)
            )
            asked.append(exists().where(used.turn_id == turn_id, used.document_id.in_(of_it)))
        return asked
