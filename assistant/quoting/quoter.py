"""Chooses what to quote."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.events import Quote, Source
from assistant.quoting.candidates import Candidate, candidates_of
from assistant.quoting.confidence import CONFIDENCE, signs
from assistant.quoting.evidence import MEANING, TOPIC, WORDING, Evidence, Floats, Question, add_up, probability
from assistant.retrieval import Retrieval
from ingest.index.lexical import LexicalIndex

_EMBEDDED = 24
"""Candidates that are embedded for a question, those that its wording supports best: they cost nearly all the time."""

_ENOUGH = 0.5
"""Probability from which passages count as being about the question."""

_LESS = 2.5
"""A further sentence is quoted when its log-odds are at most this much below the best one's."""


class EmbedsSentences(Protocol):
    """What quoting needs of an embedding model."""

    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A vector for each text; those seen lately are remembered."""
        ...


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """Candidates with what speaks for them."""

    candidates: Sequence[Candidate]
    features: Floats
    """Shape (candidates, WORDING and MEANING)."""
    topic: Floats
    """Shape (TOPIC,)."""
    signs: Floats
    """Shape (CONFIDENCE,); empty without candidates."""

    @property
    def support(self) -> Floats:
        """Log-odds of each candidate, up to a constant."""
        return add_up(self.features, {**WORDING, **MEANING})

    @property
    def on_topic(self) -> float:
        """Probability that the passages are about the question."""
        return probability(float(add_up(self.topic, TOPIC)))

    @property
    def confidence(self) -> float:
        """Probability that the passages answer the question, where as many questions have an answer as have none."""
        return probability(float(add_up(self.signs, CONFIDENCE))) if self.signs.size else 0.0


class Quoter:
    """Chooses sentences to quote."""

    def __init__(self, *, lexical: LexicalIndex, embedder: EmbedsSentences) -> None:
        self._lexical = lexical
        self._embedder = embedder

    def weigh(
        self,
        query: str,
        found: Retrieval,
        sources: Sequence[Source],
        *,
        background: str = "",
    ) -> Weighed:
        """All candidates of `sources` (best first), in reading order, with what speaks for them.

        `found` is what the search for the query has found; `background` are earlier words that the query leans on.
        """
        candidates = candidates_of(sources)
        question = Question(
            text=f"{background} {query}".lstrip(), weights=self._lexical.weights(query, background=background)
        )
        evidence = Evidence(question, candidates)
        nearness = self._nearness(candidates, add_up(evidence.wording, WORDING), found.vector)
        features = np.hstack([evidence.wording, evidence.meaning(nearness)])
        return Weighed(
            candidates=candidates,
            features=features,
            topic=evidence.topic(nearness),
            signs=signs(
                question,
                evidence,
                candidates,
                features,
                nearness=nearness,
                nearest=found.nearest,
                spread=found.spread,
            )
            if candidates
            else np.empty(0),
        )

    def _nearness(
        self, candidates: Sequence[Candidate], said: Floats, vector: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Cosine of question and candidate; NaN where the wording promises too little."""
        nearness = np.full(len(candidates), np.nan, dtype=np.float32)
        chosen = np.argsort(-said, kind="stable")[:_EMBEDDED]
        nearness[chosen] = self._embedder.sentences([candidates[at].in_context for at in chosen]) @ vector
        return nearness


def quotes_of(weighed: Weighed, *, most: int) -> list[Quote]:
    """The candidates that speak for an answer most, `most` of them, those that follow each other joined; best first.

    Empty when the passages are not about the question.
    """
    if not weighed.candidates or weighed.on_topic < _ENOUGH:
        return []
    support = weighed.support
    less = support.max() - support
    order = [int(at) for at in np.argsort(less, kind="stable") if less[at] <= _LESS]
    best = _distinct(weighed.candidates, order)[:most]
    return [
        _quote(weighed.candidates, run, weighed.on_topic * exp(-less[run[0]]))
        for run in _runs(weighed.candidates, best)
    ]


def _distinct(candidates: Sequence[Candidate], order: Iterable[int]) -> list[int]:
    """Each wording once: the same sentence often stands in several documents."""
    seen: dict[str, int] = {}
    for at in order:
        seen.setdefault(" ".join(candidates[at].text.casefold().split()), at)
    return list(seen.values())


def _runs(candidates: Sequence[Candidate], best: Iterable[int]) -> list[list[int]]:
    """Sentences that follow each other in a passage together, each run at the place of its best one.

    They are read together there ("… For other relatives there are three days."), and so they are quoted.
    """
    runs: list[list[int]] = []
    for at in best:
        beside = [run for run in runs if any(_follow_each_other(candidates, at, other) for other in run)]
        if not beside:
            runs.append([at])
            continue
        first, *others = beside
        first += [at, *(other for run in others for other in run)]
        runs = [run for run in runs if not any(run is other for other in others)]
    return runs


def _follow_each_other(candidates: Sequence[Candidate], one: int, other: int) -> bool:
    a, b = candidates[one], candidates[other]
    return abs(one - other) == 1 and a.rank == b.rank and a.heading == b.heading and not (a.is_row or b.is_row)


def _quote(candidates: Sequence[Candidate], run: Sequence[int], score: float) -> Quote:
    """Of a run, its best candidate first, as it is read."""
    best, read = candidates[run[0]], [candidates[at] for at in sorted(run)]
    return Quote(
        n=best.source.n,
        passage=best.source.passage,
        text=" ".join(candidate.text for candidate in read),
        start=read[0].start,
        end=read[-1].end,
        score=score,
        sentence=best.text if len(read) > 1 else "",
        header=best.header,
    )
