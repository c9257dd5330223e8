"""What is looked at to find where an answer went wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import select

from assistant.answered import Answered
from assistant.conversations import Vote
from assistant.events import Source
from assistant.quoting import DOUBTFUL
from assistant.searching import Searching
from assistant.support.support import ENOUGH
from assistant.tables import TurnRow
from ingest.catalogue import Catalogue, Passage

_DEEP = 30
"""Passages that are looked at: several times what an answer rests on."""

_NEWEST = 200
"""Answers that say what is usual."""

_FEW = 5
"""With fewer answers, nothing is usual yet."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of an answer, and of the desk now."""

    reasons: tuple[str, ...] = ()
    """Why the thumb points down, as the person says; see `assistant.feedback.REASONS`."""
    rail: str | None = None
    """The rail that ended the turn."""
    abstained: bool = False
    unsupported: int = 0
    """Sentences that none of the passages shown supports."""
    answerable: bool = True
    """Whether the desk has a passage that answers the question."""
    rank: int | None = None
    """Place of that passage in a deep search now, from 1."""
    document: str = ""
    """Its document."""
    shown: bool = False
    """Whether it was among the passages that the answer was written from."""
    used: bool = False
    """Whether the answer cites it."""
    total_s: float = 0.0
    usual_s: float | None = None
    """Median seconds of this desk's newest answers of the same backend; None with too few."""


class Looking:
    """Gathers evidence: searches deeper than the turn did, and reads the answer against what it showed."""

    def __init__(self, catalogue: Catalogue, searching: Callable[[], Searching]) -> None:
        self._catalogue = catalogue
        self._searching = searching

    def look(self, answered: Answered, vote: Vote | None) -> Evidence:
        """At a turn that came to its end, and at the vote on it, if there is one."""
        finished = answered.finished
        assert finished is not None
        reasons, better = (vote.reasons, vote.better_answer) if vote else ((), "")
        rail = finished.stopped_by if finished.stopped_by not in (None, "person", "length") else None
        if rail is not None:
            return Evidence(reasons=reasons, rail=rail)
        answerable, rank, right = self._right(answered, better)
        cited = {citation.n for citation in finished.citations}
        held = [source for source in answered.sources if right is not None and _overlap(source.passage, right)]
        return Evidence(
            reasons=reasons,
            abstained=finished.abstained,
            unsupported=self._unsupported(answered),
            answerable=answerable,
            rank=rank,
            document=right.document if right else "",
            shown=bool(held),
            used=any(source.n in cited for source in held),
            total_s=finished.timings.total_s,
            usual_s=self._usual(finished.backend),
        )

    def _right(self, answered: Answered, better: str) -> tuple[bool, int | None, Passage | None]:
        """Whether the desk answers; and the passage that does so best, with its place."""
        searching, query = self._searching(), answered.query or answered.question
        found = searching.retriever.search(query, k=_DEEP)
        sources = [Source(n=n, passage=passage) for n, passage in enumerate(found.passages, 1)]
        if not sources:
            return False, None, None
        if better:
            judged = [one for one in searching.support.judge(better, sources) if one.is_claim]
            best = max(judged, key=lambda one: one.score, default=None)
            if best is not None and best.score >= ENOUGH and best.n is not None:
                return True, best.n, sources[best.n - 1].passage
        weighed = searching.quoter.weigh(query, found.vector, sources, nearest=found.nearest)
        if not weighed.candidates:
            return False, None, None
        n = weighed.candidates[int(weighed.support.argmax())].source.n
        return weighed.confidence >= DOUBTFUL, n, sources[n - 1].passage

    def _unsupported(self, answered: Answered) -> int:
        """Of a model's answer; quotes are the documents' own words."""
        finished = answered.finished
        if finished is None or finished.abstained or finished.backend is None:
            return 0
        return len(self._searching().support.unsupported(finished.answer, answered.sources))

    def _usual(self, backend: str | None) -> float | None:
        query = select(TurnRow.total_s).where(TurnRow.backend == backend, TurnRow.total_s.is_not(None))
        with self._catalogue.session() as session:
            seconds: Sequence[float | None] = session.scalars(query.order_by(TurnRow.id.desc()).limit(_NEWEST)).all()
        known = [one for one in seconds if one is not None]
        return median(known) if len(known) >= _FEW else None


def _overlap(one: Passage, other: Passage) -> bool:
    return one.version_id == other.version_id and one.start < other.end and other.start < one.end
