"""What a model of the desk's own is taught to do; one that was taught the one is not asked for the other."""

from typing import Literal

from assistant.data_sets.rows import Row
from models.card import ModelCard
from models.packaged import TAUGHT

Student = Literal["answering", "summarising"]
STUDENTS: tuple[Student, ...] = ("answering", "summarising")


def learns_from(student: Student, row: Row) -> bool:
    """Whether a row is of the kind that it learns from and is judged by."""
    return row.is_summary == (student == "summarising")


def student_of(card: ModelCard) -> Student | None:
    """What a model was taught here; None of one that was not, which may be asked for both."""
    if card.made is not None:
        # What was made before there were summaries answers.
        return "summarising" if card.made.get("student") == "summarising" else "answering"
    return "answering" if card.name == TAUGHT else None


def may(student: Student, card: ModelCard) -> bool:
    """Whether a model may be asked for this at all."""
    return student_of(card) in {None, student}
