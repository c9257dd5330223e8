"""Questions grouped by what they mean, and each group named by the words that set it apart.

Average linkage over cosine distances: how many groups there are comes out of the questions, and need not be known. What
all questions have in common is taken off first, else those of a desk on one subject would be one group.
`benchmarks/topics.py` chose the distance.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import regex
from numpy.typing import NDArray

from ingest.index.analysis import query_terms

Vectors = NDArray[np.float32]
Places = NDArray[np.int64]

APART = 0.8
"""Mean cosine distance from which on two groups stay two."""
SAME = 0.4
"""Mean cosine distance up to which questions count as the same."""
_NEAR = 0.3
"""Cosine to a group's middle under which a question belongs to none."""
_COMPARED = 3000
"""Questions that are compared with each other, by chance from more: the work and memory grow with the square."""
_ROUNDS = 3
_NAMED_BY = 3
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’.-]*")


def from_the_middle(vectors: Vectors) -> Vectors:
    """Vectors (n, dimensions) of length 1, seen from the middle of all."""
    if not len(vectors):
        return vectors
    centred = vectors - vectors.mean(axis=0)
    unit: Vectors = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    return unit


def grouped(vectors: Vectors, *, apart: float = APART) -> Places:
    """Number of each question's group, from 0 on, the largest first; -1 of those that are in none.

    `vectors` is (n, dimensions), as `from_the_middle` gives them. A group has at least three questions, and one in two
    hundred.
    """
    none = np.full(len(vectors), -1)
    if len(vectors) < 2:
        return none
    from sklearn.cluster import AgglomerativeClustering

    chosen = np.random.default_rng(0).permutation(len(vectors))[:_COMPARED]
    compared = vectors[chosen]
    cutting = AgglomerativeClustering(n_clusters=None, metric="cosine", linkage="average", distance_threshold=apart)
    found = cutting.fit_predict(compared)
    least = max(3, len(compared) // 200)
    large = np.flatnonzero(np.bincount(found) >= least)
    if not len(large):
        return none
    middles = np.stack([_middle(compared[found == group]) for group in large])
    groups = _nearest(vectors, middles)
    for _ in range(_ROUNDS):
        there = [group for group in range(len(middles)) if (groups == group).sum() >= least]
        if not there:
            return none
        middles = np.stack([_middle(vectors[groups == group]) for group in there])
        groups = _nearest(vectors, middles)
    return _largest_first(groups)


def alike(vectors: Vectors, *, apart: float = SAME) -> Places:
    """Number of each question's group, where those that ask the same are one; each is in one, if alone.

    `vectors` is (n, dimensions), of length 1 and as they are: what all have in common belongs to what is asked.
    """
    if len(vectors) < 2:
        return np.zeros(len(vectors), dtype=np.int64)
    from sklearn.cluster import AgglomerativeClustering

    cutting = AgglomerativeClustering(n_clusters=None, metric="cosine", linkage="average", distance_threshold=apart)
    groups: Places = cutting.fit_predict(vectors)
    return groups


def examples(vectors: Vectors, groups: Places) -> list[int]:
    """Place of the question nearest to the middle of each group."""
    found = []
    for group in range(int(groups.max(initial=-1)) + 1):
        places = np.flatnonzero(groups == group)
        found.append(int(places[np.argmax(vectors[places] @ _middle(vectors[places]))]))
    return found


def names(questions: Sequence[str], groups: Places) -> list[str]:
    """Of each group its most telling words (class-based TF-IDF; Grootendorst, BERTopic, 2022), as they are written.

    Empty where its questions have no word in common.
    """
    said: dict[int, Counter[str]] = defaultdict(Counter)
    everywhere: Counter[str] = Counter()
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for question, group in zip(questions, groups.tolist(), strict=True):
        terms = query_terms(question)
        everywhere.update(terms)
        said[group].update(terms)
        for word in _WORD.findall(question):
            for term in _terms_of(word):
                written[term][word.rstrip(".'’-")] += 1
    called = []
    for group in range(int(groups.max(initial=-1)) + 1):
        telling = _telling(said[group], everywhere, len(questions))
        # Two terms can be written as one word: “plugs-out” is that and its parts.
        words = dict.fromkeys(written[term].most_common(1)[0][0] if written[term] else term for term in telling)
        called.append(", ".join(list(words)[:_NAMED_BY]))
    return called


def _telling(said: Counter[str], everywhere: Counter[str], questions: int) -> list[str]:
    scores = {term: times * math.log(1 + questions / everywhere[term]) for term, times in said.items()}
    # A word of a single question says nothing of a group, and may say who asked it.
    common = [term for term in scores if said[term] > 1 and len(term) > 1]
    return sorted(common, key=lambda term: (-scores[term], term))[: 2 * _NAMED_BY]


@lru_cache(maxsize=65536)
def _terms_of(word: str) -> tuple[str, ...]:
    return tuple(query_terms(word))


def _middle(vectors: Vectors) -> Vectors:
    middle = vectors.mean(axis=0)
    unit: Vectors = middle / max(float(np.linalg.norm(middle)), 1e-9)
    return unit


def _nearest(vectors: Vectors, middles: Vectors) -> Places:
    """The nearest middle of each, -1 where none is near."""
    cosines = vectors @ middles.T
    nearest: Places = np.where(cosines.max(axis=1) >= _NEAR, cosines.argmax(axis=1), -1)
    return nearest


def _largest_first(groups: Places) -> Places:
    sizes = np.bincount(groups[groups >= 0], minlength=1)
    order = [group for group in np.argsort(-sizes, kind="stable") if sizes[group]]
    numbers = np.full(len(sizes) + 1, -1)  # the last is that of -1
    numbers[order] = np.arange(len(order))
    largest: Places = numbers[groups]
    return largest
