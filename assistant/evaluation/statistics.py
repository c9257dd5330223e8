"""How sure a measure is: intervals by the bootstrap, and comparisons of two runs on the same rows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""Of values in the last axis: shape (…, n) to (…)."""

RESAMPLES = 2000
LEVEL = 0.95

_AT_ONCE = 2**22
"""Most values resampled together, which bounds the memory to some 64 MB."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A measure over rows with its interval of confidence."""

    value: float
    low: float
    high: float
    rows: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What the second of two runs gained over the first, on the same rows."""

    difference: Interval
    """Of the means, second minus first."""
    p: float
    """How often chance alone gives as great a difference, either way."""
    better: int
    """Rows on which the second is above the first."""
    worse: int
    level: float = LEVEL

    @property
    def is_significant(self) -> bool:
        """Whether chance is an unlikely reason."""
        return self.p < 1 - self.level

    @property
    def statement(self) -> str:
        """One sentence for people."""
        rows, gain = self.difference.rows, self.difference
        if not rows:
            return "The two runs have no row in common."
        counted = f"{rows} row{'' if rows == 1 else 's'}: {self.better} better, {self.worse} worse; p = {self.p:.3f}"
        size = f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
        if not self.is_significant:
            return f"No difference is shown: {size} on {counted}."
        return f"The second is {'better' if gain.value > 0 else 'worse'}: {size} on {counted}."


def mean(values: Floats) -> Floats:
    """Over the last axis."""
    return np.asarray(values.mean(axis=-1))


def interval(
    values: ArrayLike,
    *,
    statistic: Statistic = mean,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """A statistic of one value a row, with its percentile bootstrap interval (Efron and Tibshirani, 1993).

    Rows are drawn with replacement; the same values and seed give the same interval. Of no rows all is NaN.

    Raises:
        ValueError: a value is NaN, or they are no series.
    """
    series = _series(values)
    if not series.size:
        return Interval(value=float("nan"), low=float("nan"), high=float("nan"), rows=0)
    drawn = _resampled(series, statistic, resamples, np.random.default_rng(seed))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value=float(statistic(series)), low=float(low), high=float(high), rows=len(series))


def compare(
    first: Mapping[str, float],
    second: Mapping[str, float],
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Comparison:
    """Compare two runs by a measure of each row, by row id; rows that only one of them has are left out.

    The interval is the paired bootstrap's; p is the two-sided sign-flip permutation test's (Smucker, Allan and
    Carterette, 2007), with the observed outcome counted in, so it is never 0.
    """
    common = sorted(first.keys() & second.keys())
    gains = _series([second[row] - first[row] for row in common])
    return Comparison(
        difference=interval(gains, resamples=resamples, level=level, seed=seed),
        p=_sign_flip_p(gains, resamples, np.random.default_rng(seed)),
        better=int((gains > 0).sum()),
        worse=int((gains < 0).sum()),
        level=level,
    )


def slices(
    values: Mapping[str, float], tags: Mapping[str, Iterable[str]], *, level: float = LEVEL, seed: int = 0
) -> dict[str, Interval]:
    """The mean of each tag's rows, by tag in order of their names; `values` and `tags` are by row id."""
    by_tag: defaultdict[str, list[float]] = defaultdict(list)
    for row, value in values.items():
        for tag in set(tags.get(row, ())):
            by_tag[tag].append(value)
    return {tag: interval(by_tag[tag], level=level, seed=seed) for tag in sorted(by_tag)}


def _resampled(series: Floats, statistic: Statistic, resamples: int, random: np.random.Generator) -> Floats:
    """The statistic of each resample: shape (resamples,)."""
    at_once = max(1, _AT_ONCE // len(series))
    sizes = [min(at_once, resamples - done) for done in range(0, resamples, at_once)]
    return np.concatenate([statistic(series[random.integers(0, len(series), (size, len(series)))]) for size in sizes])


def _sign_flip_p(gains: Floats, resamples: int, random: np.random.Generator) -> float:
    changed = gains[gains != 0]
    if not changed.size:
        return 1.0
    signs = random.integers(0, 2, (resamples, len(changed)), dtype=np.int8) * 2 - 1
    flipped = np.abs(signs @ changed)
    # Sums of the same numbers in another order differ in the last digits; they count as equal.
    as_great = int((flipped >= abs(changed.sum()) - 1e-9 * np.abs(changed).sum()).sum())
    return (as_great + 1) / (resamples + 1)


def _series(values: ArrayLike | Sequence[float]) -> Floats:
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1:
        raise ValueError(f"One value a row is wanted, not an array of shape {series.shape}.")
    if np.isnan(series).any():
        raise ValueError("A value is NaN: leave rows out that have no value.")
    return series
