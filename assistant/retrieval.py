"""Finding passages: dense and lexical look-up, fused by rank."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.catalogue import Catalogue, Passage
from ingest.index.dense import DenseIndex
from ingest.index.lexical import LexicalIndex

_RANK_CONSTANT = 60
"""Of reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009."""

_BACKGROUND = 0.5
"""Weight of a query's vector with its background, beside 1 for that of the query alone."""

_SPARE = 20
"""Asked for beyond what is needed: vectors of replaced versions may stand among the nearest for a moment."""


class UnknownCollection(Exception):
    """A collection that the desk does not have; one sentence."""


class EmbedsQueries(Protocol):
    """What retrieval needs of an embedding model."""

    def query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question."""
        ...


@dataclass(frozen=True, kw_only=True)
class Retrieval:
    """What a search found."""

    passages: tuple[Passage, ...]
    """Best first, with their fused scores."""
    vector: NDArray[np.float32]
    """Of the query, with its background: of length 1."""
    nearest: float
    """Cosine of the query and the nearest passage; 0 when there is none."""


class Retriever:
    """Searches the passages of current document versions."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        dense: DenseIndex,
        lexical: LexicalIndex,
        embedder: EmbedsQueries,
        candidates: int = 40,
        dense_weight: float = 1.0,
        lexical_weight: float = 1.0,
    ) -> None:
        self._catalogue = catalogue
        self._dense = dense
        self._lexical = lexical
        self._embedder = embedder
        self._candidates = candidates
        self._dense_weight = dense_weight
        self._lexical_weight = lexical_weight

    def search(self, query: str, *, k: int, collections: Sequence[str] = (), background: str = "") -> Retrieval:
        """The `k` best passages for a query, in the named collections or in all.

        `background` are earlier words that the query leans on: they are searched for too, and count less.

        Raises:
            UnknownCollection: a name that is no collection.
        """
        ids = self._collection_ids(collections)
        vector = self._vector(query, background)
        wanted = max(self._candidates, k)
        dense = self._dense.query(vector, ids, wanted + _SPARE, generation=self._catalogue.generation())
        lexical = self._lexical.query(query, ids, wanted, background=background)
        known = self._catalogue.passages(list({chunk_id for chunk_id, _ in (*dense, *lexical)}))
        dense = [pair for pair in dense if pair[0] in known][:wanted]
        scores = fuse([(self._dense_weight, [i for i, _ in dense]), (self._lexical_weight, [i for i, _ in lexical])])
        best = sorted((i for i in scores if i in known), key=lambda i: (-scores[i], i))[:k]
        return Retrieval(
            passages=tuple(replace(known[i], score=scores[i]) for i in best),
            vector=vector,
            nearest=dense[0][1] if dense else 0.0,
        )

    def _vector(self, query: str, background: str) -> NDArray[np.float32]:
        vector = self._embedder.query(query)
        if not background:
            return vector
        mixed = vector + _BACKGROUND * self._embedder.query(f"{background} {query}")
        unit: NDArray[np.float32] = mixed / np.linalg.norm(mixed)
        return unit

    def _collection_ids(self, names: Sequence[str]) -> list[int]:
        existing = self._catalogue.collections()
        for name in names:
            if name not in existing:
                there = ", ".join(existing) or "none yet"
                raise UnknownCollection(f"There is no collection “{name}”: choose one of these ({there}).")
        return [existing[name] for name in names] if names else list(existing.values())


def fuse(rankings: Iterable[tuple[float, Sequence[int]]]) -> dict[int, float]:
    """Weighted reciprocal rank fusion: a score for every id in (weight, ids best first)."""
    scores: defaultdict[int, float] = defaultdict(float)
    for weight, ranking in rankings:
        for rank, chunk_id in enumerate(ranking, start=1):
            scores[chunk_id] += weight / (_RANK_CONSTANT + rank)
    return dict(scores)
