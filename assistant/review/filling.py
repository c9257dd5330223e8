"""Finds the turns that are worth a look: those that came, and those whose votes have changed, since the last time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from assistant.review.review import DECISIONS
from assistant.review.rows import question_key, row_id_of
from assistant.review.worth import Others, Signals, worth_of
from assistant.tables import ConversationRow, ReviewRow, SourceMarkRow, TurnRow, VoteRow

Newest = tuple[datetime | None, int, datetime | None, int, datetime | None]
"""When the newest answer was given; how many votes there are and when one was given or changed last; the same of marks
on sources."""

_CHANGED = "It was approved, and the vote has been changed since."
_MOST_ALIKE = 100
"""Turns with the same question that are weighed anew when that question has become worth more."""


def newest_of(session: Session) -> Newest:
    """The same for as long as no answer, vote or mark comes, changes or goes; quick, unlike a look for them."""
    votes = select(func.count(VoteRow.id), func.max(VoteRow.changed_at))
    marks = select(func.count(SourceMarkRow.id), func.max(SourceMarkRow.changed_at))
    newest = session.scalar(select(func.max(TurnRow.answered_at)))
    return newest, *session.execute(votes).one(), *session.execute(marks).one()


def stale(session: Session, *, limit: int) -> list[int]:
    """Up to `limit` turns that are to be taken in, the newest first."""
    new = (
        select(TurnRow.id)
        .outerjoin(ReviewRow, ReviewRow.turn_id == TurnRow.id)
        .where(TurnRow.answered_at.is_not(None), ReviewRow.turn_id.is_(None))
        .order_by(TurnRow.answered_at.desc())
    )
    # A vote that was taken back is no longer there to be found: `withdraw_turn` makes its turn a new one, as a mark on
    # a source does by `look_anew`.
    voted = (
        select(VoteRow.turn_id)
        .join(ReviewRow, ReviewRow.turn_id == VoteRow.turn_id)
        .where(ReviewRow.voted_at.is_distinct_from(VoteRow.changed_at))
    )
    return [*session.scalars(voted.limit(limit)), *session.scalars(new.limit(limit))][:limit]


def take_in(session: Session, turn_ids: Collection[int]) -> None:
    """Say of these turns, the newest first, what a look at them is worth."""
    turns = session.execute(_read(turn_ids)).all()
    keys = {question_key(turn.question) for turn in turns}
    before = _others(session, keys)
    kept = {row.turn_id: row for row in session.scalars(select(ReviewRow).where(ReviewRow.turn_id.in_(turn_ids)))}
    for turn in turns:
        _keep(session, kept, turn)
    session.flush()
    after = _others(session, keys)
    shown = _shown(session, keys, except_turns=kept)
    # A question is looked at once, but every vote is: those with one come first.
    for row in sorted(kept.values(), key=lambda row: (row.vote is None, -row.turn_id)):
        if row.state not in DECISIONS:
            is_known = row.vote is None and row.question_key in shown
            _weigh(row, after[row.question_key], is_known=is_known)
        if row.state != "passed":
            shown.add(row.question_key)
    for key in keys:
        if key in before and before[key] != after[key]:
            _weigh_anew(session, key, after[key], except_turns=kept)


def _read(turn_ids: Collection[int]) -> Any:
    finished = TurnRow.answered["finished"]
    wrong = select(func.count(SourceMarkRow.id)).where(
        SourceMarkRow.turn_id == TurnRow.id, SourceMarkRow.is_right.is_(False)
    )
    return (
        select(
            TurnRow.id,
            TurnRow.trace_id,
            TurnRow.question,
            ConversationRow.person,
            finished["confidence"].as_float().label("confidence"),
            finished["abstained"].as_boolean().label("abstained"),
            finished["stopped_by"].as_string().label("stopped_by"),
            finished["unsupported"].label("unsupported"),
            VoteRow.value,
            VoteRow.reasons,
            VoteRow.better_answer,
            VoteRow.changed_at,
            wrong.scalar_subquery().label("wrong_sources"),
        )
        .join(ConversationRow, ConversationRow.id == TurnRow.conversation_id)
        .outerjoin(VoteRow, VoteRow.turn_id == TurnRow.id)
        .where(TurnRow.id.in_(turn_ids), TurnRow.answered_at.is_not(None))
    )


def _keep(session: Session, kept: dict[int, ReviewRow], turn: Row[Any]) -> None:
    row = kept.get(turn.id)
    if row is None:
        row = kept[turn.id] = ReviewRow(
            turn_id=turn.id,
            row_id=row_id_of(turn.trace_id),
            question_key=question_key(turn.question),
            asker=turn.person,
            state="passed",
            worth=0.0,
            why=[],
        )
        session.add(row)
    elif row.record is not None:
        row.state = "waiting"  # what was approved stays in its set until somebody has looked again
    row.signals, row.vote, row.voted_at = asdict(_signals(turn)), turn.value, turn.changed_at


def _signals(turn: Row[Any]) -> Signals:
    return Signals(
        vote=turn.value,
        reasons=tuple(turn.reasons or ()),
        has_better=bool((turn.better_answer or "").strip()),
        confidence=turn.confidence,
        abstained=bool(turn.abstained),
        stopped_by=turn.stopped_by,
        unsupported=len(turn.unsupported or ()),
        wrong_sources=turn.wrong_sources,
    )


def _weigh(row: ReviewRow, others: Others, *, is_known: bool = False) -> None:
    signals = row.signals | {"reasons": tuple(row.signals["reasons"])}
    row.worth, row.why = (0.0, []) if is_known else worth_of(Signals(**signals), others)
    if row.record is not None:
        row.worth, row.why = row.worth + 1.0, [_CHANGED, *row.why]
    row.state = "waiting" if row.worth else "passed"


def _weigh_anew(session: Session, key: str, others: Others, *, except_turns: Mapping[int, ReviewRow]) -> None:
    query = select(ReviewRow).where(ReviewRow.question_key == key, ReviewRow.state == "waiting")
    for row in session.scalars(query.order_by(ReviewRow.turn_id.desc()).limit(_MOST_ALIKE)):
        if row.turn_id not in except_turns:
            _weigh(row, others)


def _others(session: Session, keys: Collection[str]) -> dict[str, Others]:
    """What is known of the turns with the same question, by its key; of the turns that are taken in."""
    query = (
        select(
            ReviewRow.question_key,
            func.count(ReviewRow.asker.distinct()),
            func.min(ReviewRow.vote),
            func.max(ReviewRow.vote),
        )
        .where(ReviewRow.question_key.in_(keys))
        .group_by(ReviewRow.question_key)
    )
    return {
        key: Others.of(people=people, is_disputed=worst is not None and worst != best)
        for key, people, worst, best in session.execute(query)
    }


def _shown(session: Session, keys: Collection[str], *, except_turns: Mapping[int, ReviewRow]) -> set[str]:
    """Keys of questions that wait for a look or had one, in other turns than these."""
    states: Sequence[str] = ("waiting", *DECISIONS)
    query = select(ReviewRow.question_key, ReviewRow.turn_id).where(
        ReviewRow.question_key.in_(keys), ReviewRow.state.in_(states)
    )
    turns = defaultdict(set)
    for key, turn_id in session.execute(query):
        turns[key].add(turn_id)
    return {key for key, ids in turns.items() if ids - except_turns.keys()}
