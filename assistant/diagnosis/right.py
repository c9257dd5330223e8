"""The passage that answers a question, looked for again: as the turn did, and deeper."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from assistant.answered import Answered
from assistant.diagnosis.diagnosis import Place
from assistant.events import Source
from assistant.quoting import Weighed
from assistant.quoting.candidates import Candidate
from assistant.retrieval import Retrieval
from assistant.retrieval.retriever import UnknownCollection
from assistant.searching import Searching
from ingest.catalogue import Catalogue, Passage

_DEEP = 30
"""Passages that are looked at: several times what an answer rests on."""

_USUAL = 8
"""Passages that confidence is told from where the turn had none."""

_BETTER = 0.5
"""Log-odds by which a passage that the turn did not have must speak better for an answer than those that it had."""

_CLEARLY = 1.5
"""The same of one that a search of as many passages does not find now either."""

_HELD = 0.5
"""Share of the claims of a long better answer that a passage must support to count as holding it."""

_SHORT = 6
"""Words up to which a better answer has to stand in a passage as it is."""

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True)
class Right:
    """The passage that speaks best for an answer."""

    passage: Passage
    place: Place
    confidence: float
    """Probability that it answers, told from as many passages as the turn had."""
    holds_better: bool
    """Whether it says the better answer that was given."""


@dataclass(frozen=True, kw_only=True)
class Again:
    """A turn's search, done again with what is on the desk now."""

    answered: Answered
    better: str
    """The answer that somebody has given instead; may be empty."""
    collections: tuple[str, ...]
    """Those that the turn was kept to; all where empty."""
    catalogue: Catalogue
    searching: Searching

    def right(self) -> Right | None:
        """The passage that answers best, of those that the turn had and those that are found now."""
        found = self._search()
        shown = self._still_there()
        known = {passage.chunk_id for passage in found.passages}
        passages = [*found.passages, *(passage for passage in shown if passage.chunk_id not in known)]
        sources = [Source(n=n, passage=passage) for n, passage in enumerate(passages, start=1)]
        holding = self._holding(sources)
        weighed = self._weigh(found, sources)
        best = self._best(weighed, holding)
        if best is None:
            return None
        candidate = weighed.candidates[best]
        passage, n = candidate.source.passage, candidate.source.n
        return Right(
            passage=passage,
            place=Place(
                document=passage.document,
                page=passage.page_at(candidate.start),
                quote=_raw(candidate),
                rank=n if n <= len(found.passages) else None,
            ),
            confidence=self._confidence(found, sources, candidate.source),
            holds_better=holding is not None,
        )

    @property
    def _query(self) -> tuple[str, str]:
        """What was searched for, and the earlier words that it leaned on."""
        question, query = self.answered.question, self.answered.query
        if query and query.endswith(question):
            return question, query.removesuffix(question).rstrip()
        return query or question, ""

    def _search(self) -> Retrieval:
        query, behind = self._query
        search = self.searching.retriever.search
        with suppress(UnknownCollection):  # removed since
            return search(query, k=_DEEP, collections=self.collections, background=behind)
        return search(query, k=_DEEP, background=behind)

    def _still_there(self) -> list[Passage]:
        there = self.catalogue.passages([source.passage.chunk_id for source in self.answered.sources])
        return [there[one.passage.chunk_id] for one in self.answered.sources if one.passage.chunk_id in there]

    def _weigh(self, found: Retrieval, sources: Sequence[Source]) -> Weighed:
        query, behind = self._query
        return self.searching.quoter.weigh(query, found, sources, background=behind)

    def _best(self, weighed: Weighed, holding: set[int] | None) -> int | None:
        """Place of the best candidate; one that the turn had, unless another is better."""
        support = weighed.support
        places = [at for at, one in enumerate(weighed.candidates) if holding is None or one.source.n in holding]
        if not places:
            return None
        best = max(places, key=lambda at: support[at])
        had = [at for at in places if self.had(_raw(weighed.candidates[at]))]
        best_had = max(had, key=lambda at: support[at], default=best)
        is_near = weighed.candidates[best].source.n <= self._many
        return best_had if support[best_had] >= support[best] - (_BETTER if is_near else _CLEARLY) else best

    def had(self, sentence: str) -> bool:
        """Whether the turn had a passage that says this, in whatever document and cut in whatever way."""
        return any(one_line(sentence) in text for text in self._texts)

    @property
    def _many(self) -> int:
        return len(self.answered.sources) or _USUAL

    @cached_property
    def _texts(self) -> list[str]:
        return [one_line(source.passage.text) for source in self.answered.sources]

    def _confidence(self, found: Retrieval, sources: Sequence[Source], best: Source) -> float:
        """With as many passages as the turn had: it is fitted to such a number, and falls with more."""
        near = list(sources[: self._many])
        if best not in near:
            near[-1:] = [best]
        return self._weigh(found, near).confidence

    def _holding(self, sources: Sequence[Source]) -> set[int] | None:
        """Numbers of the passages that say the better answer; None where none was given."""
        if not self.better:
            return None
        said = _words(self.better)
        if len(said.split()) <= _SHORT:
            return {one.n for one in sources if said in _words(f"{one.passage.header or ''} {one.passage.text}")}
        judged = [one for one in self.searching.support.judge(self.better, sources) if one.is_claim]
        least = max(1.0, _HELD * len(judged))
        counts = {one.n: sum(one.n in judgement.supporting for judgement in judged) for one in sources}
        return {n for n, count in counts.items() if count >= least}


def one_line(text: str) -> str:
    """A text, however its lines are broken."""
    return " ".join(text.split())


def _raw(candidate: Candidate) -> str:
    """As it stands in the document."""
    passage = candidate.source.passage
    return passage.text[candidate.start - passage.start : candidate.end - passage.start] or candidate.text


def _words(text: str) -> str:
    """The words alone, with a blank around each."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
