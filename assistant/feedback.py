"""Feedback: what people think of answers, one vote a person and answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistant.answered import Answered
from assistant.conversations import Vote
from assistant.conversations.store import UnknownConversation
from assistant.review.withdrawal import withdraw_turn
from assistant.tables import ConversationRow, DiagnosisRow, TurnRow, VoteRow
from assistant.tracing import Outbox
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
    """A vote with the answer that it is about."""

    turn_id: int
    trace_id: str
    vote: Vote
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

    def votes(self, *, value: int | None = None) -> Iterator[VotedTurn]:
        """All votes, or those up (1) or down (-1), the newest first."""
        query = (
            select(VoteRow, TurnRow)
            .join(TurnRow, TurnRow.id == VoteRow.turn_id)
            .order_by(VoteRow.changed_at.desc(), VoteRow.id.desc())
        )
        if value is not None:
            query = query.where(VoteRow.value == value)
        with self._catalogue.session() as session:
            for vote, turn in session.execute(query.execution_options(yield_per=200)):
                yield VotedTurn(
                    turn_id=turn.id,
                    trace_id=turn.trace_id,
                    vote=Vote(
                        value=vote.value,
                        reasons=tuple(vote.reasons),
                        comment=vote.comment,
                        better_answer=vote.better_answer,
                    ),
                    changed_at=vote.changed_at,
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
