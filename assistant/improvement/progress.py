"""How far the way to a new model is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a step has come."""

    stage: str
    """What is done now, as people read it: "fine-tuning"."""
    done: int = 0
    total: int = 0
    """0: not known."""
    rate: float = 0.0
    """A second, of what is counted."""
    eta_s: float | None = None
    """Seconds until the end of the stage."""
    loss: float | None = None
    """While a model learns."""

    @property
    def says(self) -> str:
        """In a line."""
        parts = [self.stage]
        if self.loss is not None:
            parts.append(f"loss {self.loss:.2f}")
        if self.rate:
            parts.append(f"{self.rate:.1f} a second" if self.rate >= 1 else f"{1 / self.rate:.0f} s each")
        if self.eta_s is not None:
            left = f"{self.eta_s:.0f} s" if self.eta_s < 90 else f"{self.eta_s / 60:.0f} min"
            parts.append(f"about {left} left")
        return ", ".join(parts)


Tell = Callable[[Progress], None]
