"""How a passage says what a question asks: which of its words, how close together, and which of them in a row."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf

Places = Sequence[tuple[int, str]]
"""Where the question's terms stand in a passage, counted in terms: (place, term), in order."""

WORDING = ("covered", "in_phrase", "in_sentences", "pairs")
"""
- covered: share of the question's words, by rarity, in the passage and the headings above it;
- in_phrase, in_sentences: the largest share in any 8 and in any 40 terms that follow each other;
- pairs: share of the question's neighbouring words that follow each other there too.
"""

_PHRASE, _SENTENCES = 8, 40
_BESIDE = 2
"""Words follow each other when at most one stands between: stop words are left out of the question."""


def wording(weights: Mapping[str, float], body: Sequence[str]) -> tuple[float, ...]:
    """WORDING of a passage: each 0 to 1.

    `weights` are the question's terms in its order, with their rarity; `body` are the passage's terms in order.
    """
    total = sum(weights.values())
    if not total:
        return (0.0,) * len(WORDING)
    places = [(place, term) for place, term in enumerate(body) if term in weights]
    return (
        sum(weights[term] for term in {term for _, term in places}) / total,
        _within(_PHRASE, weights, places) / total,
        _within(_SENTENCES, weights, places) / total,
        _pairs(weights, places),
    )


def _within(length: int, weights: Mapping[str, float], places: Places) -> float:
    """The largest weight of distinct terms in a stretch of `length` terms."""
    held: defaultdict[str, int] = defaultdict(int)
    most = weight = 0.0
    first = 0
    for place, term in places:
        if not held[term]:
            weight += weights[term]
        held[term] += 1
        while places[first][0] <= place - length:
            gone = places[first][1]
            held[gone] -= 1
            if not held[gone]:
                weight -= weights[gone]
            first += 1
        most = max(most, weight)
    return most


def _pairs(weights: Mapping[str, float], places: Places) -> float:
    """A pair weighs as much as the commoner of its words."""
    where: defaultdict[str, list[int]] = defaultdict(list)
    for place, term in places:
        where[term].append(place)
    total = found = 0.0
    for one, other in pairwise(weights):
        weight = min(weights[one], weights[other])
        total += weight
        if one in where and other in where and _distance(where[one], where[other]) <= _BESIDE:
            found += weight
    return found / total if total else 0.0


def _distance(first: Sequence[int], second: Sequence[int]) -> float:
    """The shortest way from a place in `first` on to one in `second`; both in order."""
    shortest, at = inf, 0
    for place in second:
        while at < len(first) and first[at] < place:
            at += 1
        if at:
            shortest = min(shortest, place - first[at - 1])
    return shortest
