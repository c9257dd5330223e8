"""How sure it is that the passages answer a question: being about it is not enough.

Whether they are about it at all is told by `TOPIC` (assistant/quoting/evidence.py). A question on the topic whose
answer is missing is told by what stands nowhere: no passage comes near it, no sentence stands out, and the best one
leaves out a name, a number or a "not" that the question has.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.quoting.candidates import Candidate
from assistant.quoting.evidence import MEANING, WORDING, Evidence, Floats, Question, Terms, add_up
from ingest.index.analysis import terms

# Fitted by `python -m benchmarks.abstention --fit` to public questions; those of the samples are not among them.
CONFIDENCE: Mapping[str, float] = {
    "constant": -5.35,
    "nearest": 3.22,  # cosine of question and the nearest passage
    "stands_out": 2.5,  # the highest cosine of question and candidate less the fifth highest
    "passage": 1.15,  # the largest share of the question's words, by rarity, in one passage
    "sentence": 1.11,  # the largest share in one candidate
    "best": 1.48,  # the share in the best-supported candidate and what it stands under
    "one_passage": 1.27,  # share of the support that the candidates of one passage have: 1 when no other has any
    "spread": -2.07,  # how many documents the nearest passages are of
    "spread_nearest": 4.96,  # that times "nearest": among passages of one document, near only says that it is that one
    "names": -1.98,  # share of the question's words that are names and that the best one lacks
    "numbers": -6.5,  # share that are numbers and that it lacks
    "negation": -2.85,  # 1 when the question denies something and the best one does not
    "no_figure": -1.24,  # 1 when the question asks for a figure and the best one has none
}
"""Log-odds that the passages answer the question."""

DOUBTFUL = 0.1
"""Confidence below which the passages may not answer the question.

Set, not fitted, with the samples in view: people who ask in words of their own get lower confidences than the public
questions, which repeat their passages. Of the checked questions below it, one in twenty-three has an answer.
"""

_STANDS_OUT_OF = 5

_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][\w’'-]*")
"""A word with a capital that does not begin a sentence."""
_NOT = re.compile(r"\b(?:not|never)\b|n['’]t\b", re.IGNORECASE)
_ANY_NEGATION = re.compile(rf"{_NOT.pattern}|\b(?:no|without|except|none|neither|nor|fail(?:ed|s)?)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_COLUMNS = {name: at for at, name in enumerate([*WORDING, *MEANING])}


def signs(
    question: Question,
    evidence: Evidence,
    candidates: Sequence[Candidate],
    features: Floats,
    *,
    nearness: NDArray[np.floating],
    nearest: float,
    spread: float,
) -> Floats:
    """What tells whether there is an answer: shape (CONFIDENCE,).

    Args:
        question: what is asked.
        evidence: of the candidates.
        candidates: at least one.
        features: of the candidates, shape (candidates, WORDING and MEANING).
        nearness: cosine of question and candidate, NaN for those that were not embedded.
        nearest: cosine of question and the nearest passage.
        spread: how many documents the nearest passages are of, from 0 to 1.
    """
    support = add_up(features, {**WORDING, **MEANING})
    share = np.exp(support - support.max())
    share /= share.sum()
    best = int(support.argmax())
    ranks = np.array([candidate.rank for candidate in candidates])
    under = evidence.with_what_it_stands_under(best)
    return np.array(
        [
            1.0,
            nearest,
            _stands_out(nearness),
            evidence.covered,
            features[:, _COLUMNS["cover"]].max(),
            question.coverage(under),
            np.bincount(ranks, weights=share).max(),
            spread,
            spread * nearest,
            question.lacking(_names(question.text), under),
            question.lacking(frozenset(question.numbers), under),
            float(_denies(question.text) and not _ANY_NEGATION.search(candidates[best].text)),
            float(_expects_figure(question) and not features[best, _COLUMNS["figure"]]),
        ]
    )


def _stands_out(nearness: NDArray[np.floating]) -> float:
    known = np.sort(nearness[~np.isnan(nearness)])[::-1]
    return float(known[0] - known[:_STANDS_OUT_OF][-1]) if known.size else 0.0


def _names(text: str) -> Terms:
    return frozenset(term for name in _NAME.findall(text) for term in terms(name))


def _denies(question: str) -> bool:
    """Whether its last sentence, which asks, has a "not"; one before it may tell of what went wrong."""
    return bool(_NOT.search(_SENTENCE_END.split(question)[-1]))


def _expects_figure(question: Question) -> bool:
    return question.expects is not None and question.expects.is_figure
