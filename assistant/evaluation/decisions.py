"""Measures of the decision to answer or to say that the documents do not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was decided about a row, and what was right."""

    answerable: bool
    abstained: bool

    @property
    def is_right(self) -> bool:
        """Answered what can be answered, or abstained from what cannot."""
        return self.answerable != self.abstained


@dataclass(frozen=True, kw_only=True)
class RiskCoverage:
    """What is risked when only the surest share of the questions is answered (El-Yaniv and Wiener, 2010)."""

    coverage: Floats
    """Shares of the questions that are answered: 1/n to 1."""
    risk: Floats
    """The mean loss among them."""

    @property
    def area(self) -> float:
        """The mean risk over all coverages (AURC; Geifman and El-Yaniv, 2017): lower is better; NaN of nothing."""
        return float(self.risk.mean()) if self.risk.size else float("nan")


def accuracy(decisions: Sequence[Decision]) -> float | None:
    """Share of the decisions that are right: 0 to 1; None of none."""
    return _share([decision.is_right for decision in decisions])


def false_refusals(decisions: Sequence[Decision]) -> float | None:
    """Share of the answerable rows that were not answered: 0 to 1; None when there are none."""
    return _share([decision.abstained for decision in decisions if decision.answerable])


def false_answers(decisions: Sequence[Decision]) -> float | None:
    """Share of the rows without an answer that were answered all the same: 0 to 1; None when there are none."""
    return _share([not decision.abstained for decision in decisions if not decision.answerable])


def risk_coverage(confidence: ArrayLike, loss: ArrayLike) -> RiskCoverage:
    """The curve of answering the surest questions first.

    Args:
        confidence: of each question, shape (n,); higher is surer.
        loss: of answering it, shape (n,): 0 for a right answer, 1 for a wrong one or one that there is none to.

    Equal confidences are taken in all orders at once: each of them brings their mean loss.

    Raises:
        ValueError: the shapes differ, or a value is NaN.
    """
    sure, lost = _checked(confidence, loss)
    _, tied, sizes = np.unique(-sure, return_inverse=True, return_counts=True)
    of_tie = np.bincount(tied, weights=lost, minlength=len(sizes)) / np.maximum(sizes, 1)
    answered = np.arange(1, len(sure) + 1)
    return RiskCoverage(
        coverage=answered / max(len(sure), 1), risk=np.cumsum(np.repeat(of_tie, sizes)) / np.maximum(answered, 1)
    )


def auroc(scores: ArrayLike, positive: ArrayLike) -> float:
    """Probability that a positive is scored above a negative, ties counting half (Hanley and McNeil, 1982).

    Args:
        scores: shape (n,).
        positive: truth values, shape (n,).

    NaN when there are no positives or no negatives.

    Raises:
        ValueError: the shapes differ, or a score is NaN.
    """
    all_scores, truths = _checked(scores, positive)
    high, low = all_scores[truths > 0], np.sort(all_scores[truths <= 0])
    if not high.size or not low.size:
        return float("nan")
    below, up_to = np.searchsorted(low, high, side="left"), np.searchsorted(low, high, side="right")
    return float((below + up_to).mean() / 2 / low.size)


def _checked(one: ArrayLike, other: ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"Two series of one length are wanted, not {a.shape} and {b.shape}.")
    if np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("A value is NaN.")
    return a, b


def _share(of: Sequence[bool]) -> float | None:
    return sum(of) / len(of) if of else None
