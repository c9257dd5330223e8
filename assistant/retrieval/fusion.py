"""Fusion of rankings by rank alone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

_RANK_CONSTANT = 60
"""Of reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009."""


def fuse(rankings: Iterable[Sequence[int]]) -> dict[int, float]:
    """Reciprocal rank fusion: a score for every id in rankings that have the best first."""
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, chunk_id in enumerate(ranking, start=1):
            scores[chunk_id] += 1 / (_RANK_CONSTANT + rank)
    return dict(scores)
