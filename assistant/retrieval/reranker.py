"""How likely a passage is to answer: features of question and passage, added up with fitted weights."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.candidates import Candidates
from assistant.retrieval.nearness import nearness
from assistant.retrieval.wording import WORDING, wording

Floats = NDArray[np.float64]

BY_WORDING = ("cosine", *WORDING)
FEATURES = (*BY_WORDING, "words_near")

WEIGHTS = Path(__file__).with_name("weights.toml")
"""Written by `python -m benchmarks.retrieval --fit`: a table with the meaning of single words, one without."""


def relevance(candidates: Candidates) -> Mapping[int, float]:
    """The probability that each passage answers the question, by chunk id: 0 to 1.

    While some passages have no signs of their words, none counts with them: the scores would not compare.
    """
    if not candidates.words.texts or any(chunk_id not in candidates.signs for chunk_id in candidates.ids):
        return relevance_by_wording(candidates)
    return _probabilities(candidates, "in_words", features(candidates))


def relevance_by_wording(candidates: Candidates) -> Mapping[int, float]:
    """The same without the meaning of single words."""
    return _probabilities(candidates, "by_wording", features_by_wording(candidates))


def features(candidates: Candidates) -> Floats:
    """What speaks for each of the candidates: shape (passages, FEATURES). All must have signs."""
    near = nearness(candidates.words, candidates.terms, [candidates.signs[chunk_id] for chunk_id in candidates.ids])
    return np.column_stack([features_by_wording(candidates), near])


def features_by_wording(candidates: Candidates) -> Floats:
    """What speaks for each of the candidates: shape (passages, BY_WORDING).

    A passage that only its words have found counts as far away as the last that meaning has found.
    """
    furthest = min(candidates.dense.values(), default=0.0)
    rows = [
        (candidates.dense.get(chunk_id, furthest), *wording(candidates.terms, candidates.bodies.get(chunk_id, ())))
        for chunk_id in candidates.ids
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, len(BY_WORDING))


def _probabilities(candidates: Candidates, table: str, held: Floats) -> Mapping[int, float]:
    weights = _weights()[table]
    names = BY_WORDING if table == "by_wording" else FEATURES
    log_odds = weights["constant"] + held @ np.array([weights[name] for name in names])
    return dict(zip(candidates.ids, (1 / (1 + np.exp(-log_odds))).tolist(), strict=True))


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    return tomllib.loads(WEIGHTS.read_text(encoding="utf-8"))
