"""What the rails say of a text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Action = Literal["pass", "warn", "mask", "block"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of a text."""

    action: Action
    text: str
    """As it may go on; of a blocked one, as it came."""
    rail: str | None = None
    """The rail that decided; None where all let it pass."""
    reason: str | None = None
    """One sentence for the person."""

    @property
    def stops(self) -> bool:
        """Whether the turn ends here."""
        return self.action == "block"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one rail finds in a text."""

    action: Literal["pass", "warn", "block"] = "pass"
    reason: str | None = None
    """One sentence for the person."""
    held: int = 0
    """Characters at the end that may be the beginning of something to stop, and are not to be shown yet."""


Judge = Callable[[str], Finding]
"""A rail: a pure function of a text, in time that grows with its length."""
