"""The queue of turns that are worth a look: held by one reviewer at a time, decided, and taken back."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.answered import Answered
from assistant.conversations import Vote
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import Row, as_record
from assistant.diagnosis import RETRIEVAL, RETRIEVAL_FAULTS
from assistant.diagnosis.corrections import newest_by, read_diagnosis, take_back
from assistant.review.filling import Newest, newest_of, stale, take_in
from assistant.review.review import DECISIONS, Decision, Progress, ReviewedTurn, ReviewError
from assistant.review.rows import proposed_row
from assistant.source_marks import marks_of
from assistant.tables import DiagnosisRow, ReviewRow, TurnRow, VoteRow
from assistant.withdrawal import withdraw
from ingest.catalogue import Catalogue
from ingest.tables import utc_now

DATA_SET = "feedback"
"""Where approved rows go, if nobody says otherwise."""
_HELD = timedelta(minutes=10)
"""How long a turn is one reviewer's without a sign of life."""
_LOOK_AGAIN = timedelta(minutes=1)
"""After so long it looks though nothing seems new: what is committed late can be older than what was seen."""
_LOOKED_UP = 1000
_AT_ONCE = 100
"""Turns that are looked up, and taken in, together: whoever asks something just now waits for no more than these."""


class Reviews:
    """Hands turns out and takes decisions. Thread-safe, and safe beside other processes on the same catalogue."""

    def __init__(self, catalogue: Catalogue, data_sets: DataSets, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._catalogue = catalogue
        self._data_sets = data_sets
        self._clock = clock
        self._newest: Newest | None = None
        self._looked_at = datetime.min.replace(tzinfo=UTC)

    def next(self, person: str, *, after: int | None = None) -> ReviewedTurn | None:
        """Hold the turn that is worth most of those that nobody else holds; the one held before, if it still is.

        `after` lets that turn go and takes the one behind it. None: nothing is left.
        """
        return self._take(person, beside=after, is_back=False)

    def previous(self, person: str, *, before: int) -> ReviewedTurn | None:
        """Let a turn go, and hold the one before it in the queue."""
        return self._take(person, beside=before, is_back=True)

    def release(self, person: str) -> None:
        """Let go of what a reviewer holds."""
        with self._catalogue.writing() as session:
            _let_go(session, person, except_turn=None)

    def decide(
        self, person: str, turn_id: int, decision: Decision, row: Row | None = None, *, data_set: str = DATA_SET
    ) -> None:
        """Decide on a turn that the reviewer holds. `row` is what is approved, where that is not what was proposed.

        Raises:
            ReviewError: it is gone, or somebody else's by now, or nothing could be learnt from the row.
            RowsError: the row cannot be kept, or the set cannot be called so.
        """
        now = self._clock()
        with self._catalogue.writing() as session:
            found = self._held(session, person, turn_id, now)
            if found.record is not None:
                withdraw(session, [found.row_id])  # of an earlier approval
                found.record = found.data_set = None
            if decision in ("approved", "corrected"):
                approved = row or _reviewed(session, found).row
                _check(approved, found.row_id)
                self._data_sets.put(session, data_set, approved)
                if approved.sources and _fault(session, turn_id) in RETRIEVAL:
                    self._data_sets.put(session, RETRIEVAL_FAULTS, approved)
                found.record, found.data_set = as_record(approved), data_set
            found.state, found.decided_by, found.decided_at = decision, person, now
            found.holder = found.held_until = None

    def undo(self, person: str) -> ReviewedTurn | None:
        """Take back what the reviewer did last, a decision or the correction of a diagnosis, and hold its turn.

        None: there is nothing to take back, or the turn of the diagnosis is somebody else's by now.
        """
        decided = select(ReviewRow).where(ReviewRow.decided_by == person, ReviewRow.state.in_(DECISIONS))
        with self._catalogue.writing() as session:
            last = decided.order_by(ReviewRow.decided_at.desc(), ReviewRow.turn_id.desc()).limit(1)
            found = session.scalars(last.with_for_update()).first()
            correction = newest_by(session, person)
            if correction is not None and (found is None or _since(correction.made_at, found.decided_at)):
                take_back(session, correction)
                corrected = _first(session, self._free(person) & (ReviewRow.turn_id == correction.turn_id))
                return self._hold(session, person, corrected) if corrected is not None else None
            if found is None:
                return None
            if found.record is not None:
                withdraw(session, [found.row_id])
            found.state, found.record, found.data_set, found.decided_by, found.decided_at = "waiting", *[None] * 4
            return self._hold(session, person, found)

    def progress(self) -> Progress:
        """How many wait, and how many were decided on today."""
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        with self._catalogue.session() as session:
            waiting = session.scalar(select(func.count()).where(ReviewRow.state == "waiting"))
            done = select(func.count()).where(ReviewRow.state.in_(DECISIONS), ReviewRow.decided_at >= midnight)
            return Progress(waiting=waiting or 0, done_today=session.scalar(done) or 0)

    def has_free(self) -> bool:
        """Whether anything waits that nobody holds."""
        with self._catalogue.session() as session:
            return session.scalars(select(ReviewRow.turn_id).where(self._free("")).limit(1)).first() is not None

    def fill(self, *, most: int = _LOOKED_UP) -> int:
        """Take in `most` turns and votes that came since, or fewer; gives how many turns."""
        now = self._clock()
        with self._catalogue.session() as session:
            newest = newest_of(session)
            if newest == self._newest and now - self._looked_at < _LOOK_AGAIN:
                return 0
            turn_ids = stale(session, limit=most)
        for at in range(0, len(turn_ids), _AT_ONCE):
            with self._catalogue.writing() as session:
                take_in(session, turn_ids[at : at + _AT_ONCE])
        if not turn_ids:
            self._newest, self._looked_at = newest, now
        return len(turn_ids)

    # Parts of the above

    def _take(self, person: str, *, beside: int | None, is_back: bool) -> ReviewedTurn | None:
        with suppress(IntegrityError):  # another process has taken the same in at this moment
            self.fill(most=_AT_ONCE)
        with self._catalogue.writing() as session:
            known = session.get(ReviewRow, beside) if beside is not None else None
            found = None
            if known is None:
                found = _first(session, self._free(person) & (ReviewRow.holder == person), is_back=False)
            else:
                found = _first(session, self._free(person) & _beyond(known, is_back=is_back), is_back=is_back)
            found = found or _first(session, self._free(person), is_back=False)
            if found is None:
                _let_go(session, person, except_turn=None)
                return None
            return self._hold(session, person, found)

    def _free(self, person: str) -> ColumnElement[bool]:
        lapsed = or_(ReviewRow.holder.is_(None), ReviewRow.holder == person, ReviewRow.held_until <= self._clock())
        return and_(ReviewRow.state == "waiting", lapsed)

    def _hold(self, session: Session, person: str, found: ReviewRow) -> ReviewedTurn:
        found.holder, found.held_until = person, self._clock() + _HELD
        session.flush()
        _let_go(session, person, except_turn=found.turn_id)
        return _reviewed(session, found)

    def _held(self, session: Session, person: str, turn_id: int, now: datetime) -> ReviewRow:
        found = session.scalars(select(ReviewRow).where(ReviewRow.turn_id == turn_id).with_for_update()).first()
        if found is None:
            raise ReviewError("This conversation has been deleted: go on with the next one.")
        if found.state != "waiting" or found.holder != person:
            raise ReviewError("Somebody else has looked at this one meanwhile: go on with the next one.")
        if found.held_until is None or found.held_until <= now:
            found.held_until = now + _HELD  # nobody came meanwhile
        return found


def _first(session: Session, which: ColumnElement[bool], *, is_back: bool = False) -> ReviewRow | None:
    # On PostgreSQL those that others take at this moment are passed over; on SQLite nobody else writes meanwhile.
    ordered = (ReviewRow.worth, ReviewRow.turn_id)
    query = select(ReviewRow).where(which).order_by(*(ordered if is_back else [one.desc() for one in ordered]))
    return session.scalars(query.limit(1).with_for_update(skip_locked=True)).first()


def _beyond(row: ReviewRow, *, is_back: bool) -> ColumnElement[bool]:
    """What comes behind a turn in the queue, or before it."""
    worth, turn_id = ReviewRow.worth, ReviewRow.turn_id
    if is_back:
        return or_(worth > row.worth, and_(worth == row.worth, turn_id > row.turn_id))
    return or_(worth < row.worth, and_(worth == row.worth, turn_id < row.turn_id))


def _let_go(session: Session, person: str, *, except_turn: int | None) -> None:
    held = update(ReviewRow).where(ReviewRow.holder == person)
    if except_turn is not None:
        held = held.where(ReviewRow.turn_id != except_turn)
    session.execute(held.values(holder=None, held_until=None))


def _check(row: Row, row_id: str) -> None:
    if row.id != row_id:
        raise ReviewError(f"The row of this turn is called “{row_id}”, not “{row.id}”.")
    if row.answerable and not row.answers and not row.sources:
        raise ReviewError("Write the right answer or mark its source first: from this row nothing can be learnt.")


def _reviewed(session: Session, found: ReviewRow) -> ReviewedTurn:
    turn = session.get_one(TurnRow, found.turn_id)
    answered, before = _answered(turn), _before(session, turn)
    vote, diagnosed = _vote(session, turn.id), session.get(DiagnosisRow, turn.id)
    diagnosis = read_diagnosis(session, diagnosed) if diagnosed is not None else None
    marks = marks_of(session, [turn.id]).get(turn.id, {})
    return ReviewedTurn(
        turn_id=turn.id,
        why=tuple(found.why),
        answered=answered,
        before=before,
        vote=vote,
        diagnosis=diagnosis,
        marks=marks,
        asked_at=turn.asked_at,
        row=proposed_row(turn.trace_id, answered, before, vote, diagnosis, marks),
        held_until=found.held_until or turn.asked_at,
    )


def _fault(session: Session, turn_id: int) -> str | None:
    row = session.get(DiagnosisRow, turn_id)
    return row.fault if row is not None else None


def _since(moment: datetime, other: datetime | None) -> bool:
    return other is None or moment > other


def _vote(session: Session, turn_id: int) -> Vote | None:
    row = session.scalars(select(VoteRow).where(VoteRow.turn_id == turn_id)).first()
    if row is None:
        return None
    return Vote(value=row.value, reasons=tuple(row.reasons), comment=row.comment, better_answer=row.better_answer)


def _before(session: Session, turn: TurnRow) -> list[Answered]:
    before: list[Answered] = []
    while turn.parent_id is not None:
        turn = session.get_one(TurnRow, turn.parent_id)
        before.insert(0, _answered(turn))
    return before


def _answered(turn: TurnRow) -> Answered:
    return Answered.from_json(turn.answered) if turn.answered else Answered(question=turn.question)
