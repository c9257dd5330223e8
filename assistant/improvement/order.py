"""What a new model is to be made of, and how."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from models.tuning import Recipe
from models.tuning.quantising import Kind


@dataclass(frozen=True, kw_only=True)
class Scope:
    """How much the gate asks: less is quicker, and shows less."""

    rows: int | None = None
    """Of each set, at most; None: all."""
    attacks: int | None = None


@dataclass(frozen=True, kw_only=True)
class Order:
    """A model that is to be made."""

    name: str
    data_set: str
    base: str
    """Name of the model that is trained further: always an untouched one, or errors add up."""
    prompt: str = "direct"
    """With which it will be asked, here and when it serves."""
    teacher: str | None = None
    """A kind of backend, and after a colon its model."""
    samples: int = 4
    """That the teacher writes of each answer."""
    quantisation: Kind = "Q8_0"
    recipe: Recipe = field(default_factory=Recipe)
    scope: Scope = field(default_factory=Scope)

    def to_json(self) -> dict[str, Any]:
        """As jobs and cards have it."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Order":
        """What `to_json` made."""
        return cls(**{**record, "recipe": Recipe(**record["recipe"]), "scope": Scope(**record["scope"])})
