"""Which rows of a data set a model learns from, and by which it is judged."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.data_sets.data_set import PARTS
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import Row
from assistant.data_sets.splits import split, ties
from assistant.improvement.errors import ImprovementError
from assistant.registry.students import Student, learns_from

GOLDEN = "golden"
"""The tag of rows, of whatever data set, on which no model may fall back."""

_LEAST = 8
"""Rows to learn from: with fewer there is nothing to be learnt but these."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """Rows of a data set; `learnt` shares no document and no conversation with `checked` and `held_out`."""

    learnt: Sequence[Row]
    checked: Sequence[Row]
    """Tell when the training is to end."""
    held_out: Sequence[Row]
    """The gate's."""
    paraphrases: Sequence[Row]
    """Of rows that are learnt from, in other words: the gate's too, and reported apart."""
    proposed: Sequence[Row] = ()
    """Learnt from as well, though nobody has reviewed them; nor do they share anything with what judges."""


def gather(
    data_sets: DataSets, name: str, *, seed: int = 0, student: Student = "answering", proposed: bool = False
) -> Material:
    """Divide the approved rows of a set that a student learns from, by the set's own parts where it is split.

    With `proposed` those that wait for a review are learnt from, too.

    Raises:
        UnknownDataSet: there is no such set.
        ImprovementError: it has too few rows to learn from, or none that could judge.
    """
    items = [item for item in data_sets.items(name, state="approved") if learns_from(student, item.row)]
    if not items:
        what = "rows" if student == "answering" else "rows of summaries"
        raise ImprovementError(f"The data set “{name}” has no approved {what} to learn from.")
    if any(item.part for item in items):
        parts = {part: [item.row for item in items if item.part == part] for part in PARTS}
    else:
        parts = dict(split([item.row for item in items], PARTS, seed=seed).parts)
    ids = {row.id for row in parts["train"]}
    reworded = [row for row in parts["train"] if row.paraphrase_of in ids and row.paraphrase_of != row.id]
    kept_back = {row.id for row in reworded}
    judging = {tie for part in ("dev", "test") for row in parts[part] for tie in ties(row)}
    waiting = [item.row for item in data_sets.items(name, state="proposed")] if proposed else []
    material = Material(
        proposed=[row for row in waiting if learns_from(student, row) and judging.isdisjoint(ties(row))],
        learnt=[row for row in parts["train"] if row.id not in kept_back],
        checked=parts["dev"],
        held_out=parts["test"],
        paraphrases=reworded,
    )
    if len(material.learnt) < _LEAST:
        raise ImprovementError(
            f"The data set “{name}” has {len(material.learnt)} approved rows to learn from: {_LEAST} are the least."
        )
    if not material.held_out and not material.paraphrases:
        raise ImprovementError(
            f"All rows of the data set “{name}” are about the same documents, so that none is left to judge a model by:"
            " add rows about others."
        )
    return material


def golden(data_sets: DataSets, *, besides: Sequence[Row], student: Student = "answering") -> list[Row]:
    """Approved rows of all sets that are tagged “golden” and of a student's kind, without those that it learns from."""
    learnt = {_asked(row) for row in besides}
    rows: dict[str, Row] = {}
    for one in data_sets.list():
        for row in data_sets.rows(one.name):
            if GOLDEN in row.tags and learns_from(student, row) and _asked(row) not in learnt:
                rows.setdefault(_asked(row), row)
    return list(rows.values())


def some(rows: Sequence[Row], most: int | None) -> Sequence[Row]:
    """Always the same ones, from anywhere in the set; None: all."""
    return rows if most is None else sorted(rows, key=lambda row: row.content_hash)[:most]


def _asked(row: Row) -> str:
    return " ".join(row.question.casefold().split())
