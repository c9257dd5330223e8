"""How likely a passage is to answer: features of question and passage, added up with fitted weights."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.candidates import Candidates
from assistant.retrieval.wording import WORDING, wording

Floats = NDArray[np.float64]

FEATURES = ("cosine", *WORDING)

WEIGHTS = Path(__file__).with_name("weights.toml")
"""Written by `python -m benchmarks.retrieval --fit`."""


def relevance(candidates: Candidates) -> Mapping[int, float]:
    """The probability that each passage answers the question, by chunk id: 0 to 1."""
    constant, weights = _weights()
    log_odds = constant + features(candidates) @ weights
    return dict(zip(candidates.ids, (1 / (1 + np.exp(-log_odds))).tolist(), strict=True))


def features(candidates: Candidates) -> Floats:
    """What speaks for each of the candidates: shape (passages, FEATURES).

    A passage that only its words have found counts as far away as the last that meaning has found.
    """
    furthest = min(candidates.dense.values(), default=0.0)
    rows = [
        (candidates.dense.get(chunk_id, furthest), *wording(candidates.terms, candidates.bodies.get(chunk_id, ())))
        for chunk_id in candidates.ids
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, len(FEATURES))


@cache
def _weights() -> tuple[float, Floats]:
    """The constant, and the weights in the order of FEATURES."""
    read = tomllib.loads(WEIGHTS.read_text(encoding="utf-8"))
    return read["constant"], np.array([read[name] for name in FEATURES])
