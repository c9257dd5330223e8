"""Feedback: what people think of answers, one vote a person and answer, and one a source of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, union
from sqlalchemy.orm import Session

from assistant.answered import Answered
from assistant.conversations import Vote
from assistant.conversations.store import UnknownConversation
from assistant.signals import Signal, keep_signal, signals_of
from assistant.source_marks import keep_mark, marks_of, take_mark_back
from assistant.tables import ConversationRow, DiagnosisRow, SourceMarkRow, TurnRow, VoteRow
from assistant.tracing import Outbox
from assistant.withdrawal import look_anew, withdraw_turn
from ingest.catalogue import Catalogue
from ingest.tables import utc_now

REASONS = {
    "wrong": "It is wrong",
    "incomplete": "Something is missing",
    "not-from-documents": "It is not from the documents",
    "outdated": "It is outdated",
    "bad-citation": "A source does not say this",
    "should-have-answered": "The documents do answer this",
    "too-slow": "It was too slow",
    "tone": "I do not like the tone",
}
"""Why a thumb points down, and how people say it."""


@dataclass(frozen=True, kw_only=True)
class VotedTurn:
    """What a person thinks of an answer, with the answer."""

    turn_id: int
    trace_id: str
    vote: Vote | None
    """None where they have only marked sources."""
    marks: Mapping[int, bool]
    """Sources by their number: whether each is the right one."""
    signals: Mapping[str, int]
    """How often they did what (`assistant.signals.SIGNALS`)."""
    changed_at: datetime
    answered: Answered


class Feedback:
    """Takes votes, changes them, takes them back. Thread-safe."""

    def __init__(self, catalogue: Catalogue, outbox: Outbox) -> None:
        self._catalogue = catalogue
        self._outbox = outbox

    def vote(self, person: str, turn_id: int, vote: Vote) -> None:
        """Keep a person's vote on an answer of theirs, in the place of the one they gave before.

        Raises:
            UnknownConversation: they have no such answer.
        """
        with self._catalogue.writing() as session:
            turn = _turn(session, person, turn_id)
            row = _vote(session, person, turn_id)
            if row is None:
                row = VoteRow(turn_id=turn_id, person=person)
                session.add(row)
            row.value, row.reasons, row.comment = vote.value, list(vote.reasons), vote.comment
            row.better_answer, row.changed_at = vote.better_answer, utc_now()
            session.flush()
            if vote.value > 0:
                _forget_diagnosis(session, turn_id)
            self._outbox.score(
                session,
                turn.trace_id,
                person=person,
                value=vote.value,
                given_at=row.created_at,
                reasons=vote.reasons,
                comment=vote.comment,
                better_answer=vote.better_answer,
            )

    def retract(self, person: str, turn_id: int) -> None:
        """Take a vote back, as if it had never been; what was approved because of it leaves the data sets.

        Raises:
            UnknownConversation: they have no such answer.
        """
        with self._catalogue.writing() as session:
            turn = _turn(session, person, turn_id)
            row = _vote(session, person, turn_id)
            if row is not None:
                session.delete(row)
                _forget_diagnosis(session, turn_id)
                withdraw_turn(session, turn_id)
                self._outbox.retraction(session, turn.trace_id, person=person, given_at=row.created_at)

    def mark_source(self, person: str, turn_id: int, n: int, is_right: bool | None) -> None:
        """Keep whether a source of an answer of theirs, by its number, is the right one; None takes that back.

        Raises:
            UnknownConversation: they have no such answer.
            UnknownSource: it has no such source.
        """
        with self._catalogue.writing() as session:
            turn = _turn(session, person, turn_id)
            if is_right is None:
                take_mark_back(session, self._outbox, turn, n, person=person)
            else:
                keep_mark(session, self._outbox, turn, n, is_right, person=person)
            look_anew(session, turn_id)

    def notice(self, person: str, turn_id: int, signal: Signal, *, source: int | None = None) -> None:
        """Count what a person did with an answer of theirs; `source` is the number of the source it was about.

        Raises:
            UnknownConversation: they have no such answer.
        """
        with self._catalogue.writing() as session:
            turn = _turn(session, person, turn_id)
            keep_signal(session, self._outbox, turn, signal, person=person, source=source)

    def votes(self, *, value: int | None = None) -> Iterator[VotedTurn]:
        """All answers with a vote or a marked source, or those voted up (1) or down (-1), the changed last first."""
        marked = (
            select(SourceMarkRow.turn_id, func.max(SourceMarkRow.changed_at).label("changed_at"))
            .group_by(SourceMarkRow.turn_id)
            .subquery()
        )
        query = (
            select(TurnRow, VoteRow, marked.c.changed_at)
            .outerjoin(VoteRow, VoteRow.turn_id == TurnRow.id)
            .outerjoin(marked, marked.c.turn_id == TurnRow.id)
            .order_by(func.coalesce(VoteRow.changed_at, marked.c.changed_at).desc(), TurnRow.id.desc())
        )
        if value is None:
            query = query.where(TurnRow.id.in_(union(select(VoteRow.turn_id), select(SourceMarkRow.turn_id))))
        else:
            query = query.where(VoteRow.value == value)
        with self._catalogue.session() as session:
            for some in session.execute(query.execution_options(yield_per=200)).partitions(200):
                ids = [turn.id for turn, _, _ in some]
                marks, signals = marks_of(session, ids), signals_of(session, ids)
                for turn, vote, marked_at in some:
                    yield VotedTurn(
                        turn_id=turn.id,
                        trace_id=turn.trace_id,
                        vote=vote and _vote_of(vote),
                        marks=marks.get(turn.id, {}),
                        signals=signals.get(turn.id, {}),
                        changed_at=vote.changed_at if vote else marked_at,
                        answered=Answered.from_json(turn.answered or {"question": turn.question}),
                    )


def _forget_diagnosis(session: Session, turn_id: int) -> None:
    session.execute(delete(DiagnosisRow).where(DiagnosisRow.turn_id == turn_id))


def _turn(session: Session, person: str, turn_id: int) -> TurnRow:
    query = select(TurnRow).join(ConversationRow).where(TurnRow.id == turn_id, ConversationRow.person == person)
    row = session.scalars(query).first()
    if row is None:
        raise UnknownConversation("This answer has been deleted.")
    return row


def _vote(session: Session, person: str, turn_id: int) -> VoteRow | None:
    return session.scalars(select(VoteRow).where(VoteRow.turn_id == turn_id, VoteRow.person == person)).first()


def _vote_of(row: VoteRow) -> Vote:
    return Vote(value=row.value, reasons=tuple(row.reasons), comment=row.comment, better_answer=row.better_answer)
