"""What a new model is to be made of, and how."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from assistant.registry.students import Student
from models.tuning import Recipe
from models.tuning.quantising import Kind


@dataclass(frozen=True, kw_only=True)
class Scope:
    """How much the gate asks: less is quicker, and shows less."""

    rows: int | None = None
    """Of each set, at most; None: all."""
    attacks: int | None = None


def usual_samples(teacher: str | None) -> int:
    """Answers that a teacher is to write to a question: a small model on this machine more, as more are thrown away."""
    return 8 if teacher is not None and teacher.startswith("local") else 4


@dataclass(frozen=True, kw_only=True)
class Order:
    """A model that is to be made."""

    name: str
    data_set: str
    base: str
    """Name of the model that is trained further: always an untouched one, or errors add up."""
    student: Student = "answering"
    """What it learns to do, and so from which rows."""
    prompt: str = "direct"
    """With which it will be asked, here and when it serves."""
    teacher: str | None = None
    """A kind of backend, and after a colon its model."""
    samples: int = 4
    """That the teacher writes of each answer."""
    guesses_of: str | None = None
    """A model on this machine, of the same tokens, whose guesses are learnt too, by the recipe's `distil`."""
    proposed: bool = False
    """Whether rows that were proposed and nobody has reviewed are learnt from, too: they weigh half."""
    quantisation: Kind = "Q8_0"
    strength: float = 0.4
    """Share of what was learnt that is added to the base's weights (Wortsman et al., 2022): of little that was gone
    over often, less keeps more of what the base can. Another share needs no second training."""
    recipe: Recipe = field(default_factory=Recipe)
    scope: Scope = field(default_factory=Scope)

    @property
    def is_taught(self) -> bool:
        """Whether anybody teaches, beside the approved answers."""
        return self.teacher is not None or self.guesses_of is not None

    @property
    def untaught(self) -> "Order":
        """The same without a teacher."""
        recipe = replace(self.recipe, distil=0.0) if self.guesses_of is not None else self.recipe
        return replace(self, teacher=None, guesses_of=None, recipe=recipe)

    def to_json(self) -> dict[str, Any]:
        """As jobs and cards have it."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Order":
        """What `to_json` made."""
        return cls(**{**record, "recipe": Recipe(**record["recipe"]), "scope": Scope(**record["scope"])})
