"""How sure a difference is, however often it is looked at while the numbers still come in.

An ordinary interval that is looked at every day until it leaves zero leaves it sooner or later by chance alone. A
confidence sequence holds at all times at once: the asymptotic one of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas
(“Time-uniform central limit theory and asymptotic confidence sequences”, Annals of Statistics 2024, theorem 2.2), over
the augmented inverse-probability-weighted differences of a randomised experiment (there section 3), in which the mean
of what came before takes out most of the noise.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

LEVEL = 0.95
_TIGHTEST_AT = 200
"""Observations at which the sequence is to be at its tightest."""
_FEWEST = 10
"""Observations of each arm below which nothing is said: the sequence holds for many, not for a handful."""


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What the challenger has over the usual way, with the interval that holds at all times."""

    value: float
    low: float
    high: float

    @property
    def is_above_zero(self) -> bool:
        """Whether all of the interval is."""
        return self.low > 0

    @property
    def is_below_zero(self) -> bool:
        """Whether all of the interval is."""
        return self.high < 0


def gain(observed: Iterable[tuple[bool, float]], *, share: float, level: float = LEVEL) -> Gain | None:
    """Of (is of the challenger, value) in the order in which they came; `share` is the chance of the challenger.

    None while either arm has fewer than ten.
    """
    of_arms: tuple[list[float], list[float]] = ([], [])
    differences = []
    sums = [0.0, 0.0]
    for is_challenger, value in observed:
        usual, challenger = (sums[arm] / len(of_arms[arm]) if of_arms[arm] else 0.0 for arm in (0, 1))
        chance = share if is_challenger else 1 - share
        residual = (value - (challenger if is_challenger else usual)) / chance
        differences.append(challenger - usual + (residual if is_challenger else -residual))
        of_arms[is_challenger].append(value)
        sums[is_challenger] += value
    if min(len(arm) for arm in of_arms) < _FEWEST:
        return None
    value, half = float(np.mean(differences)), _half_width(np.array(differences), 1 - level)
    return Gain(value=value, low=value - half, high=value + half)


def _half_width(values: np.ndarray, alpha: float) -> float:
    n = len(values)
    # The ρ² that makes it tightest at that number: the paper's appendix B.2.
    rho2 = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / _TIGHTEST_AT
    spread = n * rho2 + 1
    return float(values.std()) * math.sqrt(2 * spread / (n**2 * rho2) * math.log(math.sqrt(spread) / alpha))
