"""What is looked at to find where an answer went wrong."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from sqlalchemy import select

from assistant.answered import Answered
from assistant.conversations import Vote
from assistant.diagnosis.diagnosis import Place
from assistant.diagnosis.right import Again, Right, one_line
from assistant.events import Source
from assistant.searching import Searching
from assistant.tables import TurnRow
from ingest.catalogue import Catalogue
from ingest.tables import CollectionRow, DocumentRow, VersionRow

_NEWEST = 200
"""Answers that say what is usual."""

_FEW = 5
"""With fewer answers, nothing is usual yet."""

_SURE = 0.5
"""Confidence from which on a passage of another collection counts as the answer."""

_BY_NO_RAIL = (None, "person", "length")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of an answer, and of the desk now."""

    reasons: tuple[str, ...] = ()
    """Why the thumb points down, as the person says; see `assistant.feedback.REASONS`."""
    rail: str | None = None
    """The rail that ended the turn."""
    abstained: bool = False
    by_model: bool = False
    """Whether a model wrote the answer; else it is quotes."""
    unsupported: int = 0
    """Sentences that none of the passages shown supports."""
    confidence: float = 0.0
    """Probability that the desk answers the question, told from as many passages as the turn had."""
    right: Place | None = None
    """Where it answers best; None where nothing was found, or nothing that holds the better answer."""
    holds_better: bool = False
    """Whether it stands there what the person gave as the better answer."""
    many: int = 0
    """Passages that the turn had."""
    outside: str = ""
    """Its collection, where the question was not asked of that."""
    shown: bool = False
    """Whether it was among the passages that the answer was written from."""
    used: bool = False
    """Whether the answer cites it."""
    said: bool | None = None
    """Whether the answer says what the better answer does; None where there is none."""
    replaced: str = ""
    """A document that the answer cites and that says something else by now."""
    models: tuple[str, str] | None = None
    """The embedding model then and that now, where they differ."""
    total_s: float = 0.0
    usual_s: float | None = None
    """Median seconds of this desk's newest answers of the same backend; None with too few."""


class Looking:
    """Gathers evidence: searches deeper than the turn did, and reads the answer against what it showed."""

    def __init__(self, catalogue: Catalogue, searching: Callable[[], Searching]) -> None:
        self._catalogue = catalogue
        self._searching = searching

    def look(self, answered: Answered, vote: Vote | None, *, known: Sequence[Source] = ()) -> Evidence:
        """At a turn that came to its end, and at the vote on it, if there is one.

        `known` are the passages that its conversation had before.
        """
        finished = answered.finished
        assert finished is not None
        reasons, better = (vote.reasons, vote.better_answer.strip()) if vote else ((), "")
        if finished.stopped_by not in _BY_NO_RAIL:
            return Evidence(reasons=reasons, rail=finished.stopped_by)
        searching = self._searching()
        again, right = self._again(answered, better, searching)
        sources = [*answered.sources, *known]
        right_ones = [source.n for source in sources if right is not None and _says(source, right.place.quote)]
        cited = {citation.n for citation in finished.citations}
        return Evidence(
            reasons=reasons,
            abstained=finished.abstained,
            by_model=finished.backend is not None,
            unsupported=_unsupported(answered, sources, searching),
            confidence=right.confidence if right else 0.0,
            right=right.place if right else None,
            holds_better=right is not None and right.holds_better,
            many=len(answered.sources),
            outside=right.passage.collection if right and not _asked_of(again, right) else "",
            shown=bool(right_ones),
            used=bool(cited & set(right_ones)),
            said=_said(answered, better, searching) if better and not finished.abstained else None,
            replaced=next(self._replaced(answered, sources), ""),
            models=_models(answered, searching),
            total_s=finished.timings.total_s,
            usual_s=self._usual(finished.backend),
        )

    def _again(self, answered: Answered, better: str, searching: Searching) -> tuple[Again, Right | None]:
        """Where the turn looked; and in all collections, where that holds no answer."""
        again = Again(
            answered=answered,
            better=better,
            collections=_collections(answered),
            catalogue=self._catalogue,
            searching=searching,
        )
        right = again.right()
        if again.collections and (right is None or right.confidence < _SURE):
            everywhere = replace(again, collections=()).right()
            if everywhere is not None and everywhere.confidence >= _SURE:
                return again, everywhere
        return again, right

    def _replaced(self, answered: Answered, sources: Sequence[Source]) -> Iterator[str]:
        """Documents that the answer cites and whose text is another now, where it was cited."""
        finished = answered.finished
        assert finished is not None
        cited = {citation.n for citation in finished.citations}
        for source in sources:
            if source.n not in cited or self._catalogue.passages([source.passage.chunk_id]):
                continue
            now = self._text_now(source.passage.collection, source.passage.document)
            if now is not None and not all(one_line(said) in now for said in _cited_in(answered, source)):
                yield source.passage.document

    def _text_now(self, collection: str, document: str) -> str | None:
        query = (
            select(VersionRow.text)
            .join(DocumentRow, DocumentRow.current_version_id == VersionRow.id)
            .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
            .where(CollectionRow.name == collection, DocumentRow.name == document)
        )
        with self._catalogue.session() as session:
            text = session.scalars(query).first()
        return None if text is None else one_line(text)

    def _usual(self, backend: str | None) -> float | None:
        query = select(TurnRow.total_s).where(TurnRow.backend == backend, TurnRow.total_s.is_not(None))
        with self._catalogue.session() as session:
            seconds: Sequence[float | None] = session.scalars(query.order_by(TurnRow.id.desc()).limit(_NEWEST)).all()
        known = [one for one in seconds if one is not None]
        return median(known) if len(known) >= _FEW else None


def _says(source: Source, sentence: str) -> bool:
    return one_line(sentence) in one_line(source.passage.text)


def _unsupported(answered: Answered, sources: Sequence[Source], searching: Searching) -> int:
    """Sentences of a model's answer; quotes are the documents' own words."""
    finished = answered.finished
    if finished is None or finished.abstained or finished.backend is None or finished.error:
        return 0
    return len(searching.support.unsupported(finished.answer, sources))


def _said(answered: Answered, better: str, searching: Searching) -> bool:
    """Whether the answer bears the better one out."""
    finished = answered.finished
    if finished is None or not answered.sources:
        return False
    passage = replace(answered.sources[0].passage, text=finished.answer, start=0, end=len(finished.answer), headings=())
    judged = searching.support.judge(better, [Source(n=1, passage=passage)])
    return all(one.supported for one in judged)


def _cited_in(answered: Answered, source: Source) -> list[str]:
    """What is cited of a passage, as it stands in the document: the sentences that were quoted, else all of it."""
    passage = source.passage
    quoted = [
        passage.text[quote.start - passage.start : quote.end - passage.start]
        for quote in answered.quotes
        if quote.n == source.n
    ]
    return quoted or [passage.text]


def _asked_of(again: Again, right: Right) -> bool:
    return not again.collections or right.passage.collection in again.collections


def _collections(answered: Answered) -> tuple[str, ...]:
    return tuple(_details(answered, "retrieve").get("collections") or ())


def _models(answered: Answered, searching: Searching) -> tuple[str, str] | None:
    then, now = _details(answered, "embed").get("model"), searching.embedder.name
    return (then, now) if then and then != now else None


def _details(answered: Answered, step: str) -> dict[str, Any]:
    steps = answered.finished.steps if answered.finished else ()
    return next((dict(one.details) for one in steps if one.name == step), {})
