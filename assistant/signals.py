"""Signals: what a person did with an answer. They say something of it, and are never taken for a thumb."""

from collections.abc import Collection, Mapping
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.tables import SignalRow, TurnRow
from assistant.tracing import Outbox
from ingest.tables import utc_now

Signal = Literal["asked-again", "edited", "copied", "opened-source"]

SIGNALS: Mapping[str, str] = {
    "asked-again": "Asked again",
    "edited": "Edited the question and asked again",
    "copied": "Copied the answer",
    "opened-source": "Opened a source",
}
"""What can be seen (`Signal`), and how people say it. Each is a score of its name at Langfuse: how often."""


def keep_signal(
    session: Session, outbox: Outbox, turn: TurnRow, signal: Signal, *, person: str, source: int | None = None
) -> None:
    """Count a signal of a person's on an answer of theirs, in the caller's transaction; `source` is its number."""
    query = select(SignalRow).where(SignalRow.turn_id == turn.id, SignalRow.person == person, SignalRow.kind == signal)
    row = session.scalars(query).first()
    if row is None:
        row = SignalRow(turn_id=turn.id, person=person, kind=signal, times=0, sources=[], created_at=utc_now())
        session.add(row)
    row.times += 1
    row.changed_at = utc_now()
    if source is not None and source not in row.sources:
        row.sources = [*row.sources, source]
    outbox.score(
        session,
        turn.trace_id,
        person=person,
        name=signal,
        value=row.times,
        given_at=row.created_at,
        details={"sources": row.sources},
    )


def signals_of(session: Session, turn_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How often what was done with turns' answers, by turn and signal."""
    query = select(SignalRow).where(SignalRow.turn_id.in_(turn_ids)).order_by(SignalRow.id)
    signals: dict[int, dict[str, int]] = {}
    for row in session.scalars(query):
        signals.setdefault(row.turn_id, {})[row.kind] = row.times
    return signals


def superseding(old_question: str, question: str) -> Signal:
    """What it means that a question was asked in the place of another one."""
    return "asked-again" if question.split() == old_question.split() else "edited"
