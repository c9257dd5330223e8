"""How many of a number, and how sure that is."""

import math
from dataclasses import dataclass

_Z = 1.959964
"""Of the normal distribution, for an interval of 95%."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """How many of a number, with its interval of confidence (Wilson, 1927), which holds for few too."""

    of: int
    """How many there are."""
    count: int
    """How many of them."""

    @property
    def value(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def low(self) -> float:
        """Lower end of the 95% interval."""
        return max(0.0, self._middle - self._half)

    @property
    def high(self) -> float:
        """Upper end of the 95% interval."""
        return min(1.0, self._middle + self._half)

    @property
    def _middle(self) -> float:
        return (self.count + _Z**2 / 2) / (self.of + _Z**2)

    @property
    def _half(self) -> float:
        of, count = self.of, self.count
        return _Z * math.sqrt(count * (of - count) / of + _Z**2 / 4) / (of + _Z**2) if of else 0.5
