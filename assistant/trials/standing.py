"""How a trial stands: votes and waiting of its two arms."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from assistant.tables import TurnRow, VoteRow
from assistant.trials.sequential import Gain, gain
from assistant.trials.tables import TrialConversationRow
from assistant.trials.trial import Trial


@dataclass(frozen=True, kw_only=True)
class ArmStanding:
    """One of the two ways to answer."""

    conversations: int
    answers: int
    up: int
    down: int
    satisfaction: float | None
    """Mean over conversations with votes, each the share of its thumbs that are up, 0 to 1."""
    wait_s: float | None
    """Median over conversations of their answers' mean time to the end, in seconds."""
    cost: float | None
    """Mean of the conversations' cost, where answers have one."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Both arms, and what can be said of their difference by now.

    The intervals hold however often they are looked at (`assistant.trials.sequential`); None while there is too little.
    """

    trial: Trial
    usual: ArmStanding
    challenger: ArmStanding
    satisfaction: Gain | None
    """Challenger minus usual, −1 to 1."""
    wait: Gain | None
    """Of the natural logarithms of the waiting times: 0.1 is about 10 % longer."""

    @property
    def verdict(self) -> str:
        """One sentence for people."""
        if self.satisfaction is None:
            return "Nothing can be said yet: each way needs ten conversations with a thumb."
        if self.satisfaction.is_above_zero:
            return f"People are more content with the challenger{self._but_slower()}."
        if self.satisfaction.is_below_zero:
            return "People are less content with the challenger: end the trial."
        return f"No difference in thumbs is shown yet{self._but_slower()}."

    def _but_slower(self) -> str:
        if self.wait is None or not (self.wait.is_above_zero or self.wait.is_below_zero):
            return ""
        times = math.exp(self.wait.value)
        return f", and wait {times:.1f} times as long" if times > 1 else f", and wait {1 - times:.0%} less"


@dataclass(frozen=True)
class _Conversation:
    is_challenger: bool
    answers: int
    total_s: float | None
    cost: float | None
    up: int
    down: int


def standing_of(session: Session, trial: Trial) -> Standing:
    """Counted from what the catalogue keeps."""
    conversations = _conversations(session, trial)
    voted = [(one.is_challenger, one.up / (one.up + one.down)) for one in conversations if one.up + one.down]
    waited = [(one.is_challenger, math.log(max(one.total_s, 1e-3))) for one in conversations if one.total_s is not None]
    return Standing(
        trial=trial,
        usual=_arm([one for one in conversations if not one.is_challenger]),
        challenger=_arm([one for one in conversations if one.is_challenger]),
        satisfaction=gain(voted, share=trial.share),
        wait=gain(waited, share=trial.share),
    )


def _conversations(session: Session, trial: Trial) -> Sequence[_Conversation]:
    """In the order in which they began; those that were deleted are no longer among them."""
    part = TrialConversationRow
    votes = (
        select(
            TurnRow.conversation_id,
            func.sum(case((VoteRow.value > 0, 1), else_=0)).label("up"),
            func.sum(case((VoteRow.value < 0, 1), else_=0)).label("down"),
        )
        .join(VoteRow, VoteRow.turn_id == TurnRow.id)
        .join(part, part.conversation_id == TurnRow.conversation_id)
        .where(part.trial_id == trial.id)
        .group_by(TurnRow.conversation_id)
        .subquery()
    )
    turns = (
        select(
            TurnRow.conversation_id,
            func.count().label("answers"),
            func.avg(TurnRow.total_s).label("total_s"),
            func.sum(TurnRow.cost).label("cost"),
        )
        .join(part, part.conversation_id == TurnRow.conversation_id)
        .where(part.trial_id == trial.id, TurnRow.answered_at.is_not(None))
        .group_by(TurnRow.conversation_id)
        .subquery()
    )
    query = (
        select(
            part.is_challenger,
            func.coalesce(turns.c.answers, 0),
            turns.c.total_s,
            turns.c.cost,
            func.coalesce(votes.c.up, 0),
            func.coalesce(votes.c.down, 0),
        )
        .outerjoin(turns, turns.c.conversation_id == part.conversation_id)
        .outerjoin(votes, votes.c.conversation_id == part.conversation_id)
        .where(part.trial_id == trial.id)
        .order_by(part.began_at, part.conversation_id)
    )
    return [_Conversation(*row) for row in session.execute(query)]


def _arm(conversations: Sequence[_Conversation]) -> ArmStanding:
    shares = [one.up / (one.up + one.down) for one in conversations if one.up + one.down]
    waits = [one.total_s for one in conversations if one.total_s is not None]
    costs = [one.cost for one in conversations if one.cost is not None]
    return ArmStanding(
        conversations=len(conversations),
        answers=sum(one.answers for one in conversations),
        up=sum(one.up for one in conversations),
        down=sum(one.down for one in conversations),
        satisfaction=fmean(shares) if shares else None,
        wait_s=median(waits) if waits else None,
        cost=fmean(costs) if costs else None,
    )
