"""What leaves the data sets when a vote is taken back or a conversation is deleted."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from assistant.data_sets.tables import ItemRow
from assistant.tables import ReviewRow, TurnRow

_AT_ONCE = 500
"""Ids named in one statement: databases limit how many values may stand in one."""


def withdraw(session: Session, row_ids: Collection[str]) -> None:
    """Take rows out of every data set, whatever their part; the models made of them are marked by that."""
    ids = sorted(set(row_ids))
    for at in range(0, len(ids), _AT_ONCE):
        session.execute(delete(ItemRow).where(ItemRow.row_id.in_(ids[at : at + _AT_ONCE])))


def withdraw_turn(session: Session, turn_id: int) -> None:
    """Take out what was approved of a turn; it is looked at anew if it is still worth it."""
    _withdraw(session, ReviewRow.turn_id == turn_id)
    # Without its row the turn is taken in as a new one, with what is known of it now; a no stays a no.
    refused = ReviewRow.state.in_(("rejected", "private"))
    session.execute(delete(ReviewRow).where(ReviewRow.turn_id == turn_id, ~refused))
    session.execute(update(ReviewRow).where(ReviewRow.turn_id == turn_id).values(vote=None, voted_at=None))


def look_anew(session: Session, turn_id: int) -> None:
    """Have a turn taken in as a new one, where nobody has decided on it or looks at it: more is known of it now."""
    undecided = ReviewRow.state.in_(("passed", "waiting")) & ReviewRow.record.is_(None) & ReviewRow.holder.is_(None)
    session.execute(delete(ReviewRow).where(ReviewRow.turn_id == turn_id, undecided))


def withdraw_conversation(session: Session, conversation_id: str) -> None:
    """Take out what was approved of a conversation's turns."""
    turns = select(TurnRow.id).where(TurnRow.conversation_id == conversation_id)
    _withdraw(session, ReviewRow.turn_id.in_(turns))


def _withdraw(session: Session, these: ColumnElement[bool]) -> None:
    # Whatever was once made of a turn: a row that was rejected again is withdrawn already. Locked, or a data set that
    # is built at this moment could be given the row after it has been looked for there.
    made = select(ReviewRow.row_id).where(these, ReviewRow.record.is_not(None)).with_for_update()
    withdraw(session, session.scalars(made).all())
