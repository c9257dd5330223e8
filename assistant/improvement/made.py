"""What rows have come to, and what makes it of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from assistant.data_sets.rows import Row, as_record, row_of
from assistant.improvement.progress import Tell
from assistant.limits import Limits
from assistant.prompts import Prompt
from ingest.catalogue import Passage
from models.backend import Message
from models.tuning import Example

HUMAN = 2.0
"""Weight of an answer that people approved, beside 1 of a teacher's."""


@dataclass(kw_only=True)
class Made:
    """What rows have come to."""

    lessons: list[Example] = field(default_factory=list)
    """Their ids are the row's, and after a “/” which of its lessons they are."""
    rows: list[Row] = field(default_factory=list)
    """Those that lessons were made of."""
    refused: dict[str, str] = field(default_factory=dict)
    """Rows that nothing is learnt from, by id, with the reason: a rail stops what they say, or they are too long."""
    unsupported: list[str] = field(default_factory=list)
    """Ids of rows with an answer that their own source does not bear out."""
    lost: list[str] = field(default_factory=list)
    """Ids of rows whose source is on the desk no more."""

    def to_json(self) -> dict[str, Any]:
        """To be kept."""
        return {
            "lessons": [asdict(lesson) for lesson in self.lessons],
            "rows": [as_record(row) for row in self.rows],
            "refused": self.refused,
            "unsupported": self.unsupported,
            "lost": self.lost,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Made":
        """What `to_json` made."""
        lessons = [Example.of(lesson) for lesson in record["lessons"]]
        rows = [row_of(row, "A kept row") for row in record["rows"]]
        return cls(**{**record, "lessons": lessons, "rows": rows})


class MakesLessons(Protocol):
    """What differs from one kind of student to another on the way from rows to a file; the rest is the same."""

    @property
    def prompt(self) -> Prompt:
        """With which the student will be asked."""
        ...

    @property
    def limits(self) -> Limits:
        """Of what it is given and may write."""
        ...

    def make(
        self,
        rows: Sequence[Row],
        *,
        taught: Mapping[str, Sequence[str]] | None = None,
        seed: int = 0,
        tell: Tell,
        is_stopped: Callable[[], bool],
    ) -> Made:
        """Lessons of all rows; `taught` are a teacher's answers by the row's id.

        Raises:
            ImprovementError: it was stopped.
        """
        ...

    def gold(self, row: Row) -> Passage | None:
        """The passage that a teacher is given for a row; None where there is none, or no teacher."""
        ...

    def served(self, row: Row) -> tuple[Message, ...] | None:
        """What a model is sent for a row when it serves; None where no model is asked."""
        ...
