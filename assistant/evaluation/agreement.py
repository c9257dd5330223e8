"""How far two raters agree, a judge and people: correlations of ranks, and kappa."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Of two series of scores for the same things."""

    spearman: float
    kendall: float
    kappa: float
    items: int

    def __str__(self) -> str:
        return (
            f"Spearman {self.spearman:.3f}, Kendall's tau-b {self.kendall:.3f}, quadratic weighted kappa"
            f" {self.kappa:.3f} on {self.items} items"
        )


def agreement(one: ArrayLike, other: ArrayLike) -> Agreement:
    """All that is measured of two series: NaN where one of them has the same score everywhere.

    Raises:
        ValueError: the shapes differ, or a score is NaN.
    """
    a, b = _checked(one, other)
    return Agreement(spearman=spearman(a, b), kendall=kendall(a, b), kappa=weighted_kappa(a, b), items=len(a))


def spearman(one: ArrayLike, other: ArrayLike) -> float:
    """Correlation of ranks, tied ones sharing their mean (Spearman, 1904): -1 to 1."""
    a, b = (_ranks(scores) for scores in _checked(one, other))
    a, b = a - a.mean() if a.size else a, b - b.mean() if b.size else b
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else float("nan")


def kendall(one: ArrayLike, other: ArrayLike) -> float:
    """Tau-b: pairs in the same order less those in the other, of those that are not tied (Kendall, 1945): -1 to 1."""
    a, b = _checked(one, other)
    first, second = (np.sign(np.subtract.outer(scores, scores)) for scores in (a, b))
    size = float(np.sqrt(np.abs(first).sum() * np.abs(second).sum()))
    return float((first * second).sum()) / size if size else float("nan")


def weighted_kappa(one: ArrayLike, other: ArrayLike) -> float:
    """Agreement beyond chance, disagreement counting by its square (Cohen, 1968): 1 is perfect, 0 is chance.

    The scores are numbers on one scale.
    """
    a, b = _checked(one, other)
    if not a.size:
        return float("nan")
    observed = float(((a - b) ** 2).mean())
    by_chance = float((np.subtract.outer(a, b) ** 2).mean())
    return 1 - observed / by_chance if by_chance else float("nan")


def _ranks(scores: Floats) -> Floats:
    _, at, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(sizes) - (sizes - 1) / 2)[at]
    return ranks


def _checked(one: ArrayLike, other: ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"Two series of one length are wanted, not {a.shape} and {b.shape}.")
    if np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("A score is NaN.")
    return a, b
