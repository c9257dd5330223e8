"""How near the words of a question and of a passage are in meaning, each in its place."""

from collections.abc import Mapping, Sequence

import numpy as np

from ingest.index.analysis import terms
from models.words import Signs, Words, similarities

_PLAIN = 0.5
"""What a word without weight counts, such as a stop word."""


def nearness(question: Words, weights: Mapping[str, float], passages: Sequence[Signs]) -> list[float]:
    """How near the nearest word of each passage is to each word of the question, by the weight of these: MaxSim.

    About -1 to 1, a number a passage. `weights` are those of the question's terms, by their rarity.
    """
    if not question.texts:
        return [0.0] * len(passages)
    heavy = np.array([_weight(word, weights) for word in question.texts])
    return [
        float(near.max(axis=1) @ heavy / heavy.sum()) if near.size else 0.0
        for near in similarities(question.vectors, passages)
    ]


def _weight(word: str, weights: Mapping[str, float]) -> float:
    return max((weights[term] for term in terms(word) if term in weights), default=_PLAIN)
