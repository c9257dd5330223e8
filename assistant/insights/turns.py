"""The answers behind a figure, without whose they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from assistant.answered import Answered
from assistant.signals import signals_of
from assistant.source_marks import marks_of
from assistant.tables import DiagnosisRow, TurnFactsRow, TurnRow, VoteRow

_BEGINNING = 200
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class SeenTurn:
    """A question with its answer, as somebody else may see it."""

    id: int
    asked_at: datetime
    answered: Answered
    outcome: str
    """Of `assistant.facts.OUTCOMES`."""
    vote: int | None
    """1 up, -1 down."""
    reasons: tuple[str, ...]
    """Why a thumb points down (`assistant.feedback.REASONS`)."""
    comment: str
    better_answer: str
    marks: Mapping[int, bool]
    """Sources by number, where who asked has said whether each is the right one."""
    signals: Mapping[str, int]
    """How often what was done with it (`assistant.signals.SIGNALS`)."""
    fault: str | None
    """Where it went wrong (`assistant.diagnosis.FAULTS`)."""
    total_s: float
    cost: float | None

    @property
    def question(self) -> str:
        """As it was asked."""
        return self.answered.question

    @property
    def answer(self) -> str:
        """As it was given."""
        return self.answered.finished.answer if self.answered.finished else ""

    def marked(self, is_right: bool) -> list[str]:
        """Documents whose passages were marked so."""
        sources = [source for source in self.answered.sources if self.marks.get(source.n) is is_right]
        return list(dict.fromkeys(source.passage.document for source in sources))

    @property
    def beginning(self) -> str:
        """Of the answer, on one line."""
        line = " ".join(self.answer.split())
        return line if len(line) <= _BEGINNING else f"{line[: _BEGINNING - 1].rstrip()}…"


def seen_turns(session: Session, turn_ids: Sequence[int]) -> list[SeenTurn]:
    """Those of these ids that are there, the newest first."""
    ids = sorted(turn_ids, reverse=True)
    # Some at a time: a statement takes some thousands of values at most.
    return [turn for at in range(0, len(ids), _AT_ONCE) for turn in _seen(session, ids[at : at + _AT_ONCE])]


def _seen(session: Session, turn_ids: Sequence[int]) -> list[SeenTurn]:
    query = (
        select(TurnRow, TurnFactsRow, VoteRow, DiagnosisRow.fault)
        .join(TurnFactsRow, TurnFactsRow.turn_id == TurnRow.id)
        .outerjoin(VoteRow, VoteRow.turn_id == TurnRow.id)
        .outerjoin(DiagnosisRow, DiagnosisRow.turn_id == TurnRow.id)
        .where(TurnRow.id.in_(turn_ids))
        .order_by(TurnRow.id.desc())
        .options(load_only(TurnRow.asked_at, TurnRow.question, TurnRow.answered))
    )
    marks, signals = marks_of(session, turn_ids), signals_of(session, turn_ids)
    return [
        SeenTurn(
            id=turn.id,
            asked_at=turn.asked_at,
            answered=Answered.from_json(turn.answered or {"question": turn.question}),
            outcome=fact.outcome,
            vote=vote.value if vote else None,
            reasons=tuple(vote.reasons) if vote else (),
            comment=vote.comment if vote else "",
            better_answer=vote.better_answer if vote else "",
            marks=marks.get(turn.id, {}),
            signals=signals.get(turn.id, {}),
            fault=fault,
            total_s=fact.total_s,
            cost=fact.cost,
        )
        for turn, fact, vote, fault in session.execute(query)
    ]
