"""Finding passages: dense and lexical look-up, and the ranking of what they found."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.candidates import Candidates
from assistant.retrieval.cross_encoder import CrossEncoding
from assistant.retrieval.rankings import RANKINGS, RankingName
from ingest.catalogue import Catalogue, Passage
from ingest.index.dense import DenseIndex
from ingest.index.lexical import LexicalHits, LexicalIndex
from ingest.index.words import WordIndex
from models.words import Signs, Words

_BACKGROUND = 0.5
"""Weight of a query's vector with its background, beside 1 for that of the query alone."""

_SPARE = 20
"""Asked for beyond what is needed: vectors of replaced versions may stand among the nearest for a moment."""

_NEAREST = 10
"""Passages whose documents are counted."""

_AT_ONCE = 4
"""Look-ups by words that go on at one time, each beside a search."""


class UnknownCollection(Exception):
    """A collection that the desk does not have; one sentence."""


class EmbedsQueries(Protocol):
    """What retrieval needs of an embedding model."""

    name: str

    def query_in_words(self, text: str) -> tuple[NDArray[np.float32], Words]:
        """The vector of a question, and its words with theirs."""
        ...


@dataclass(frozen=True, kw_only=True)
class QueryEmbedding:
    """How a query became a vector."""

    model: str
    dimensions: int
    after_s: float
    """Seconds from the search's begin."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Retrieval:
    """What a search found."""

    passages: tuple[Passage, ...]
    """Best first, with their scores; what a score means is the ranking's."""
    vector: NDArray[np.float32]
    """Of the query, with its background: of length 1."""
    nearest: float
    """Cosine of the query and the nearest passage; 0 when there is none."""
    spread: float
    """How many documents the nearest passages are of (`spread_of`)."""
    embedded: QueryEmbedding


class Searches(Protocol):
    """What a turn needs to find its passages."""

    def search(self, query: str, *, k: int, collections: Sequence[str] = (), background: str = "") -> Retrieval:
        """The `k` best passages for a query with its background."""
        ...


class Retriever:
    """Searches the passages of current document versions."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        dense: DenseIndex,
        lexical: LexicalIndex,
        words: WordIndex,
        embedder: EmbedsQueries,
        candidates: int = 40,
        ranking: RankingName = "weighed",
        reranker: CrossEncoding | None = None,
        reranked: int = 20,
    ) -> None:
        self._catalogue = catalogue
        self._dense = dense
        self._lexical = lexical
        self._words = words
        self._embedder = embedder
        self._candidates = candidates
        self._ranking = RANKINGS[ranking]
        self._reranker = reranker
        self._reranked = reranked
        self._beside = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="lexical")

    def search(self, query: str, *, k: int, collections: Sequence[str] = (), background: str = "") -> Retrieval:
        """The `k` best passages for a query, in the named collections or in all.

        `background` are earlier words that the query leans on: they are searched for too, and count less.

        Raises:
            UnknownCollection: a name that is no collection.
        """
        vector, candidates, embedded = self._look_up(query, k, collections, background)
        scores = self._ranking(candidates)
        best = sorted(scores, key=lambda i: (-scores[i], i))[: max(k, self._reranked if self._reranker else 0)]
        near = list(candidates.dense)[:_NEAREST]
        known = self._catalogue.passages([*best, *near])
        passages = [replace(known[i], score=scores[i]) for i in best if i in known]
        if self._reranker is not None:
            passages = self._read(self._reranker, f"{background} {query}".lstrip(), passages)
        return Retrieval(
            passages=tuple(passages[:k]),
            vector=vector,
            nearest=max(candidates.dense.values(), default=0.0),
            spread=spread_of([known[i] for i in near if i in known]),
            embedded=embedded,
        )

    def _read(self, reranker: CrossEncoding, question: str, passages: Sequence[Passage]) -> list[Passage]:
        """The first passages in the order of the cross-encoder, and with its scores; the others stay behind them."""
        first, others = passages[: self._reranked], passages[self._reranked :]
        scores = reranker.relevance(question, [_as_read(passage) for passage in first])
        read = [replace(passage, score=score) for passage, score in zip(first, scores, strict=True)]
        read.sort(key=lambda passage: -passage.score)
        lowest = read[-1].score if read else 1.0
        return [*read, *(replace(passage, score=min(passage.score, lowest)) for passage in others)]

    def candidates(self, query: str, *, collections: Sequence[str] = (), background: str = "") -> Candidates:
        """What a search puts in order.

        Raises:
            UnknownCollection: a name that is no collection.
        """
        _, candidates, _ = self._look_up(query, 0, collections, background)
        return candidates

    def _look_up(
        self, query: str, k: int, collections: Sequence[str], background: str
    ) -> tuple[NDArray[np.float32], Candidates, QueryEmbedding]:
        """The query's vector, what was found, and how the vector came about."""
        began = time.monotonic()
        ids, most = self._collection_ids(collections), max(self._candidates, k)
        # By words meanwhile: the database takes as long as the embedding model and the dense index do.
        by_words = self._beside.submit(self._by_words, query, ids, most, background)
        asked = time.monotonic()
        vector, words = self._asked(query, background)
        embedded = QueryEmbedding(
            model=self._embedder.name,
            dimensions=len(vector),
            after_s=asked - began,
            seconds=time.monotonic() - asked,
        )
        near = self._dense.query(vector, ids, most + _SPARE, generation=self._catalogue.generation())
        said, signs = by_words.result()
        others = {chunk_id for chunk_id, _ in near} - said.scores.keys()
        their_signs = self._beside.submit(self._words.signs, others)
        bodies = said.terms | self._lexical.terms_of(others)
        dense = dict([(chunk_id, cosine) for chunk_id, cosine in near if chunk_id in bodies][:most])
        candidates = Candidates(
            dense=dense,
            lexical=said.scores,
            terms=said.weights,
            bodies=bodies,
            words=words,
            leans=bool(background),
            signs=signs | {chunk_id: each for chunk_id, each in their_signs.result().items() if chunk_id in dense},
        )
        return vector, candidates, embedded

    def _by_words(
        self, query: str, ids: Sequence[int], most: int, background: str
    ) -> tuple[LexicalHits, dict[int, Signs]]:
        """What is found by its words, and the signs of its own."""
        said = self._lexical.query(query, ids, most, background=background)
        return said, self._words.signs(said.scores)

    def _asked(self, query: str, background: str) -> tuple[NDArray[np.float32], Words]:
        """The vector of a query with its background, and the query's own words."""
        vector, words = self._embedder.query_in_words(query)
        if not background:
            return vector, words
        with_background, _ = self._embedder.query_in_words(f"{background} {query}")
        mixed = vector + _BACKGROUND * with_background
        return mixed / np.linalg.norm(mixed), words

    def _collection_ids(self, names: Sequence[str]) -> list[int]:
        existing = self._catalogue.collections()
        for name in names:
            if name not in existing:
                there = ", ".join(existing) or "none yet"
                raise UnknownCollection(f"There is no collection “{name}”: choose one of these ({there}).")
        return [existing[name] for name in names] if names else list(existing.values())


def spread_of(nearest: Sequence[Passage]) -> float:
    """From 0, the first ten passages are all of one document, to 1, each is of another."""
    first = nearest[:_NEAREST]
    return (len({passage.version_id for passage in first}) - 1) / (len(first) - 1) if len(first) > 1 else 0.0


def _as_read(passage: Passage) -> str:
    """A passage with the headings that it stands under."""
    return "\n".join(filter(None, [" > ".join(passage.headings), passage.header, passage.text]))
