"""What a rail says of a text."""

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
