"""How likely a passage is to answer: features of question and passage, added up with fitted weights."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.candidates import Candidates
from assistant.retrieval.fusion import fuse
from assistant.retrieval.nearness import nearness
from assistant.retrieval.wording import WORDING, wording

Floats = NDArray[np.float64]

BY_WORDING = ("cosine", *WORDING)
FEATURES = (*BY_WORDING, "words_near")
UNKNOWN = ("bm25",)
"""What is left in a language that the embedding model does not know: without it, WORDING does more harm than good."""

_KNOWN_SPELT, _UNKNOWN_SPELT = 0.45, 0.7
"""Up to so many tokens a letter the model is believed, from so many on not at all: English questions have 0.15 to 0.45,
other languages in Latin letters up to 0.5, those in letters that the model can only spell 0.7 and more."""

WEIGHTS = Path(__file__).with_name("weights.toml")
"""Written by `python -m benchmarks.retrieval --fit`: a table with the meaning of single words, one without, and
one without the embedding model."""


def relevance(candidates: Candidates) -> Mapping[int, float]:
    """The probability that each passage answers the question, by chunk id: 0 to 1.

    A question with a background is fused by rank instead: the weights are of questions that stand alone, and find less.
    While some passages have no signs of their words, none counts with them: the scores would not compare.
    """
    if candidates.leans:
        return fuse([[*candidates.dense], [*candidates.lexical]])
    if not candidates.words.texts or any(chunk_id not in candidates.signs for chunk_id in candidates.ids):
        return relevance_by_wording(candidates)
    return _probabilities(candidates, "in_words", FEATURES, features(candidates))


def relevance_by_wording(candidates: Candidates) -> Mapping[int, float]:
    """The same without the meaning of single words."""
    if candidates.leans:
        return fuse([[*candidates.dense], [*candidates.lexical]])
    return _probabilities(candidates, "by_wording", BY_WORDING, features_by_wording(candidates))


def features(candidates: Candidates) -> Floats:
    """What speaks for each of the candidates: shape (passages, FEATURES). All must have signs."""
    near = nearness(candidates.words, candidates.terms, [candidates.signs[chunk_id] for chunk_id in candidates.ids])
    return np.column_stack([features_by_wording(candidates), near])


def features_by_wording(candidates: Candidates) -> Floats:
    """What speaks for each of the candidates: shape (passages, BY_WORDING).

    A passage that only its words have found counts as far away as the last that meaning has found.
    """
    furthest = min(candidates.dense.values(), default=0.0)
    cosines = [candidates.dense.get(chunk_id, furthest) for chunk_id in candidates.ids]
    return np.column_stack([cosines, _wording(candidates)])


def features_of_unknown(candidates: Candidates) -> Floats:
    """What speaks for each of the candidates without the model: shape (passages, UNKNOWN)."""
    total = sum(candidates.terms.values()) or 1.0
    scores = [candidates.lexical.get(chunk_id, 0.0) / total for chunk_id in candidates.ids]
    return np.array(scores, dtype=np.float64).reshape(-1, len(UNKNOWN))


def _wording(candidates: Candidates) -> Floats:
    rows = [wording(candidates.terms, candidates.bodies.get(chunk_id, ())) for chunk_id in candidates.ids]
    return np.array(rows, dtype=np.float64).reshape(-1, len(WORDING))


def _probabilities(candidates: Candidates, table: str, names: Sequence[str], held: Floats) -> Mapping[int, float]:
    known = min(1.0, max(0.0, (_UNKNOWN_SPELT - candidates.words.spelt) / (_UNKNOWN_SPELT - _KNOWN_SPELT)))
    log_odds = known * _log_odds(table, names, held)
    if known < 1:
        log_odds += (1 - known) * _log_odds("unknown", UNKNOWN, features_of_unknown(candidates))
    return dict(zip(candidates.ids, (1 / (1 + np.exp(-log_odds))).tolist(), strict=True))


def _log_odds(table: str, names: Sequence[str], held: Floats) -> Floats:
    weights = _weights()[table]
    total: Floats = weights["constant"] + held @ np.array([weights[name] for name in names])
    return total


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    return tomllib.loads(WEIGHTS.read_text(encoding="utf-8"))
