"""Which answers are looked at."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, select

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
        """What it asks of the tables beside: as sets of turns, which both databases look up once and not for each."""
        turn_id, sets = TurnFactsRow.turn_id, list[Any]()
        if self.document is not None:
            sets.append(select(TurnDocumentRow.turn_id).where(TurnDocumentRow.document_id == self.document))
        if self.cited is not None:
            cites = (TurnDocumentRow.document_id == self.cited, TurnDocumentRow.cited)
            sets.append(select(TurnDocumentRow.turn_id).where(*cites))
        if self.vote is not None:
            sets.append(select(VoteRow.turn_id).where(VoteRow.value == self.vote))
        if self.fault is not None:
            sets.append(select(DiagnosisRow.turn_id).where(DiagnosisRow.fault == self.fault))
        found = [turn_id.in_(one) for one in sets]
        if self.collection is not None:
            of_it = (
                select(DocumentRow.id)
                .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
                .where(CollectionRow.name == self.collection)
            )
            here = (TurnDocumentRow.turn_id == turn_id, TurnDocumentRow.document_id.in_(of_it))
            found.append(exists().where(*here))
        return found
