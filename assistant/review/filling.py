"""Finds the turns that are worth a look: those that came, and those whose votes have changed, since the last time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from assistant.review.rows import question_key, row_id_of
from assistant.review.tables import ReviewRow
from assistant.review.worth import Others, Signals, worth_of
from assistant.tables import ConversationRow, TurnRow, VoteRow

_OPEN = ("passed", "waiting")
"""States in which nobody has decided."""
_MOST_ALIKE = 100
"""Turns with the same question that are weighed anew when one more comes."""


def fill(session: Session, *, limit: int) -> int:
    """Take in up to `limit` turns, the newest first; gives how many there were."""
    stale = session.execute(_stale(limit)).all()
    if not stale:
        return 0
    kept = {
        row.turn_id: row
        for row in session.scalars(select(ReviewRow).where(ReviewRow.turn_id.in_([turn.id for turn in stale])))
    }
    for turn in stale:
        row = kept.get(turn.id)
        if row is None:
            row = ReviewRow(
                turn_id=turn.id,
                row_id=row_id_of(turn.trace_id),
                question_key=question_key(turn.question),
                state="passed",
                worth=0.0,
                why=[],
            )
            session.add(row)
            kept[turn.id] = row
        row.signals, row.voted_at = asdict(_signals(turn)), turn.changed_at
    session.flush()
    _weigh(session, kept.values())
    return len(stale)


def _stale(limit: int) -> Any:
    finished = TurnRow.answered["finished"]
    return (
        select(
            TurnRow.id,
            TurnRow.trace_id,
            TurnRow.question,
            finished["confidence"].as_float().label("confidence"),
            finished["abstained"].as_boolean().label("abstained"),
            finished["stopped_by"].as_string().label("stopped_by"),
            finished["unsupported"].label("unsupported"),
            VoteRow.value,
            VoteRow.reasons,
            VoteRow.better_answer,
            VoteRow.changed_at,
        )
        .outerjoin(VoteRow, VoteRow.turn_id == TurnRow.id)
        .outerjoin(ReviewRow, ReviewRow.turn_id == TurnRow.id)
        .where(
            TurnRow.answered_at.is_not(None),
            ReviewRow.turn_id.is_(None) | ReviewRow.voted_at.is_distinct_from(VoteRow.changed_at),
        )
        .order_by(TurnRow.answered_at.desc())
        .limit(limit)
    )


def _signals(turn: Row[Any]) -> Signals:
    return Signals(
        vote=turn.value,
        reasons=tuple(turn.reasons or ()),
        has_better=bool((turn.better_answer or "").strip()),
        confidence=turn.confidence,
        abstained=bool(turn.abstained),
        stopped_by=turn.stopped_by,
        unsupported=len(turn.unsupported or ()),
    )


def _weigh(session: Session, touched: Iterable[ReviewRow]) -> None:
    """Say what a look at these turns is worth, and at those in which the same was asked."""
    rows = {row.turn_id: row for row in touched}
    keys = {row.question_key for row in rows.values()}
    others = {key: _others(session, key) for key in keys}
    alike = defaultdict(list)
    for row in session.scalars(
        select(ReviewRow)
        .where(ReviewRow.question_key.in_([key for key in keys if others[key].people > 1]), ReviewRow.state.in_(_OPEN))
        .order_by(ReviewRow.turn_id.desc())
    ):
        alike[row.question_key].append(row)
    for some in alike.values():
        rows |= {row.turn_id: row for row in some[:_MOST_ALIKE]}
    for row in rows.values():
        if row.state in _OPEN:
            signals = row.signals | {"reasons": tuple(row.signals["reasons"])}
            row.worth, row.why = worth_of(Signals(**signals), others[row.question_key])
            row.state = "waiting" if row.worth else "passed"


def _others(session: Session, key: str) -> Others:
    query = (
        select(func.count(ConversationRow.person.distinct()), func.min(VoteRow.value), func.max(VoteRow.value))
        .select_from(ReviewRow)
        .join(TurnRow, TurnRow.id == ReviewRow.turn_id)
        .join(ConversationRow, ConversationRow.id == TurnRow.conversation_id)
        .outerjoin(VoteRow, VoteRow.turn_id == TurnRow.id)
        .where(ReviewRow.question_key == key)
    )
    people, worst, best = session.execute(query).one()
    return Others(people=people, is_disputed=worst is not None and worst != best)
