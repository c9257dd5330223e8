"""Marks: whether single sources of an answer are the right ones, as whoever asked has said."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.answered import Answered
from assistant.tables import SourceMarkRow, TurnRow
from assistant.tracing import Outbox
from assistant.tracing.scores import SOURCE
from ingest.catalogue import Passage
from ingest.tables import CollectionRow, DocumentRow, utc_now


class UnknownSource(Exception):
    """A source that an answer does not have; one sentence."""


def keep_mark(session: Session, outbox: Outbox, turn: TurnRow, n: int, is_right: bool, *, person: str) -> None:
    """Keep a mark of a person's on a source of an answer of theirs, in the place of the one before.

    Raises:
        UnknownSource: the answer has no source of that number.
    """
    passage = _passage(turn, n)
    row = _mark(session, turn, n, person)
    if row is None:
        row = SourceMarkRow(turn_id=turn.id, person=person, n=n, created_at=utc_now())
        row.document_id = _document_id(session, passage)
        session.add(row)
    row.is_right, row.changed_at = is_right, utc_now()
    outbox.score(
        session,
        turn.trace_id,
        person=person,
        name=SOURCE,
        about=str(n),
        value=1 if is_right else -1,
        given_at=row.created_at,
        details={"source": n, "document": passage.document, "page": passage.page},
    )


def take_mark_back(session: Session, outbox: Outbox, turn: TurnRow, n: int, *, person: str) -> None:
    """As if it had never been."""
    row = _mark(session, turn, n, person)
    if row is not None:
        session.delete(row)
        outbox.retraction(session, turn.trace_id, person=person, given_at=row.created_at, name=SOURCE, about=str(n))


def marks_of(session: Session, turn_ids: Collection[int]) -> dict[int, dict[int, bool]]:
    """The marks of turns, by turn and by the source's number; only who asked can have given them."""
    query = select(SourceMarkRow).where(SourceMarkRow.turn_id.in_(turn_ids)).order_by(SourceMarkRow.n)
    marks: dict[int, dict[int, bool]] = {}
    for row in session.scalars(query):
        marks.setdefault(row.turn_id, {})[row.n] = row.is_right
    return marks


def _mark(session: Session, turn: TurnRow, n: int, person: str) -> SourceMarkRow | None:
    of_it = (SourceMarkRow.turn_id == turn.id, SourceMarkRow.person == person, SourceMarkRow.n == n)
    return session.scalars(select(SourceMarkRow).where(*of_it)).first()


def _passage(turn: TurnRow, n: int) -> Passage:
    answered = Answered.from_json(turn.answered or {"question": turn.question})
    passage = next((source.passage for source in answered.sources if source.n == n), None)
    if passage is None:
        raise UnknownSource(f"This answer has no source [{n}].")
    return passage


def _document_id(session: Session, passage: Passage) -> int | None:
    query = (
        select(DocumentRow.id)
        .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
        .where(DocumentRow.name == passage.document, CollectionRow.name == passage.collection)
    )
    return session.scalars(query).first()
