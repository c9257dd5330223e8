"""The outbox: what Langfuse is still to be told, kept in the catalogue until it has taken it."""

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from assistant.tables import OutboxRow
from assistant.tracing.scores import VOTE, score_body, score_id
from ingest.catalogue import Catalogue
from ingest.tables import utc_now

TRACE, SCORE, RETRACTION, REMOVAL = "trace", "score", "retraction", "removal"

_DROPPED = "dropped"
"""Kind and key of the one row that counts what the bound has cost; it is never sent."""

_LOOKED_AT = 200
"""Rows among which an error is looked for: those that were put off longest."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What lies in the outbox."""

    rows: int
    since: datetime | None
    """When the oldest of them happened."""
    error: str | None
    """Why one that was tried was not taken; None when none was refused."""
    dropped: int
    """How many the bound has cost so far; they were never sent."""


class Outbox:
    """Takes rows in the caller's transaction, and hands them to the sender. Thread-safe.

    No more than about `rows` wait: the oldest beyond that are dropped and counted.
    """

    def __init__(self, catalogue: Catalogue, *, rows: int = 200_000, clock: Callable[[], datetime] = utc_now) -> None:
        self._catalogue = catalogue
        self._rows = rows
        self._clock = clock
        self._added = itertools.count()
        self._between_trims = min(500, rows // 100 + 1)

    # For whoever keeps the turn or the vote: one more INSERT in the transaction that is there anyway

    def trace(self, session: Session, trace: dict[str, Any]) -> None:
        """A turn, as `assistant.tracing.trace_of` gives it."""
        self._add(session, TRACE, key=trace["id"], trace_id=trace["id"], body=trace)

    def score(
        self,
        session: Session,
        trace_id: str,
        *,
        person: str,
        value: float,
        given_at: datetime,
        reasons: Sequence[str] = (),
        comment: str = "",
        better_answer: str = "",
        name: str = VOTE,
        about: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """A vote of a person (a pseudonym) on a turn, or what else there is to say of what they make of it.

        `given_at` is when it was first given, and stays the same when it is changed: then it overwrites
        what was sent before. `about` tells scores of one name on one turn apart, `details` are for its metadata.
        """
        body = score_body(
            trace_id,
            person=person,
            name=name,
            value=value,
            reasons=reasons,
            comment=comment,
            better_answer=better_answer,
            given_at=given_at,
            about=about,
            details=details,
        )
        self._add(session, SCORE, key=body["id"], trace_id=trace_id, body=body)

    def retraction(
        self, session: Session, trace_id: str, *, person: str, given_at: datetime, name: str = VOTE, about: str = ""
    ) -> None:
        """A vote that was taken back; `given_at` and `about` as with `score`."""
        key = score_id(trace_id, person, name, given_at, about)
        self._add(session, RETRACTION, key=key, trace_id=trace_id, body={})

    def measure(self, session: Session, trace_id: str, score: dict[str, Any]) -> None:
        """A score that no person gave, sent after the trace; the fields of `langfuse.api.CreateScoreRequest`."""
        self._add(session, SCORE, key=score["id"], trace_id=trace_id, body=score)

    def forget(self, session: Session, trace_ids: Collection[str]) -> None:
        """Turns that a person has deleted: what waits goes, what may have been sent is deleted there too."""
        waited = delete(OutboxRow).where(OutboxRow.trace_id.in_(trace_ids))
        gone = session.execute(waited.returning(OutboxRow.kind, OutboxRow.trace_id, OutboxRow.attempts)).all()
        never_sent = {trace_id for kind, trace_id, attempts in gone if kind == TRACE and attempts == 0}
        for trace_id in trace_ids:
            if trace_id not in never_sent:
                self._add(session, REMOVAL, key=trace_id, trace_id=trace_id, body={})

    # For pages and the doctor

    def waiting(self) -> Waiting:
        """How much waits, since when, and why."""
        oldest = select(OutboxRow.created_at).where(OutboxRow.kind != _DROPPED).order_by(OutboxRow.id).limit(1)
        last_tried = select(OutboxRow.error).order_by(OutboxRow.due_at.desc()).limit(_LOOKED_AT)
        with self._catalogue.session() as session:
            return Waiting(
                rows=self._count(session),
                since=session.scalar(oldest),
                error=next((error for error in session.scalars(last_tried) if error is not None), None),
                dropped=session.scalar(select(OutboxRow.attempts).where(OutboxRow.key == _DROPPED)) or 0,
            )

    def room(self) -> int:
        """How many more rows may wait before the oldest are dropped."""
        with self._catalogue.session() as session:
            return max(self._rows - self._count(session), 0)

    # For the sender

    def due(self, limit: int) -> list[OutboxRow]:
        """Up to `limit` rows that may be sent now: what concerns a key in order, a score only after its trace."""
        earlier, trace = aliased(OutboxRow), aliased(OutboxRow)
        query = (
            select(OutboxRow)
            .where(
                OutboxRow.due_at <= self._clock(),
                OutboxRow.kind != _DROPPED,
                ~exists().where(earlier.key == OutboxRow.key, earlier.id < OutboxRow.id),
                or_(
                    OutboxRow.kind == TRACE,
                    ~exists().where(trace.trace_id == OutboxRow.trace_id, trace.kind == TRACE),
                ),
            )
            .order_by(OutboxRow.due_at, OutboxRow.id)
            .limit(limit)
        )
        with self._catalogue.session() as session:
            return list(session.scalars(query))

    def begin(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """Note that rows are about to be sent and may have arrived from now on; gives those that still wait."""
        still = set(self._update(rows, attempts=OutboxRow.attempts + 1))
        return [row for row in rows if row.id in still]

    def done(self, rows: Sequence[OutboxRow]) -> None:
        """Delete rows that were taken."""
        with self._catalogue.writing() as session:
            session.execute(delete(OutboxRow).where(OutboxRow.id.in_([row.id for row in rows])))

    def put_off(self, rows: Sequence[OutboxRow], *, seconds: float, error: str) -> None:
        """Try rows again, but not within `seconds`."""
        self._update(rows, due_at=self._clock() + timedelta(seconds=seconds), error=error)

    def _update(self, rows: Sequence[OutboxRow], **values: Any) -> Sequence[int]:
        changed = update(OutboxRow).where(OutboxRow.id.in_([row.id for row in rows])).values(**values)
        with self._catalogue.writing() as session:
            # No identity map to keep: the rows are out of their session.
            return session.scalars(
                changed.returning(OutboxRow.id), execution_options={"synchronize_session": False}
            ).all()

    def _add(self, session: Session, kind: str, *, key: str, trace_id: str, body: dict[str, Any]) -> None:
        now = self._clock()
        if kind != TRACE:  # the newest word on a vote makes what waits of the earlier ones idle
            session.execute(delete(OutboxRow).where(OutboxRow.key == key))
        session.add(OutboxRow(kind=kind, key=key, trace_id=trace_id, body=body, created_at=now, due_at=now))
        if next(self._added) % self._between_trims == 0:
            self._trim(session)

    def _trim(self, session: Session) -> None:
        """Drop the oldest rows beyond the bound."""
        session.flush()
        oldest = select(OutboxRow.id).where(OutboxRow.kind != _DROPPED).order_by(OutboxRow.id).limit(1)
        first, last = session.scalar(oldest) or 0, session.scalar(select(func.max(OutboxRow.id))) or 0
        if last - first < self._rows:  # counting takes milliseconds, and is rarely needed
            return
        beyond = self._count(session) - self._rows
        if beyond > 0:
            ids = session.scalars(oldest.limit(beyond)).all()
            session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))
            self._count_dropped(session, len(ids))

    def _count(self, session: Session) -> int:
        # By the key, which has an index: to read the rows themselves, with their bodies, would take seconds.
        return session.scalar(select(func.count()).where(OutboxRow.key != _DROPPED)) or 0

    def _count_dropped(self, session: Session, rows: int) -> None:
        counter = OutboxRow.key == _DROPPED
        counted = update(OutboxRow).where(counter).values(attempts=OutboxRow.attempts + rows)
        if not session.execute(counted.returning(OutboxRow.id)).all():
            session.add(OutboxRow(kind=_DROPPED, key=_DROPPED, trace_id=_DROPPED, body={}, attempts=rows))
