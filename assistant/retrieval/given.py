"""Passages that are given in the place of a search: to see what a model makes of just these."""

import time
from collections.abc import Sequence

from assistant.retrieval.retriever import EmbedsQueries, QueryEmbedding, Retrieval, spread_of
from ingest.catalogue import Passage


class Given:
    """Finds the same passages whatever is asked."""

    def __init__(self, passages: Sequence[Passage], *, embedder: EmbedsQueries) -> None:
        self._passages = tuple(passages)
        self._embedder = embedder

    def search(self, query: str, *, k: int, collections: Sequence[str] = (), background: str = "") -> Retrieval:
        """The first `k` of them; whoever gave them takes them to be near to the question."""
        began = time.monotonic()
        vector, _ = self._embedder.query_in_words(f"{background} {query}".lstrip())
        seconds = time.monotonic() - began
        return Retrieval(
            passages=self._passages[:k],
            vector=vector,
            nearest=1.0,
            spread=spread_of(self._passages),
            embedded=QueryEmbedding(model=self._embedder.name, dimensions=len(vector), after_s=0.0, seconds=seconds),
        )
