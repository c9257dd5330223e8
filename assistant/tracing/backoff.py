"""How long to wait before something is tried again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Doubles from `first_s` up to `most_s`; a random part keeps those who failed together apart."""

    first_s: float = 1.0
    most_s: float = 300.0

    def seconds(self, attempts: int) -> float:
        """Before the next try, when `attempts` (1 or more) have failed: from half of the full time to all of it."""
        full = min(self.most_s, self.first_s * 2.0 ** min(attempts - 1, 60))
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
