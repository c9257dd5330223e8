"""What a data set of the catalogue is made of."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from assistant.data_sets.rows import Row, RowsError, as_record, row_of
from assistant.data_sets.tables import DataSetRow, ItemRow

State = Literal["proposed", "approved", "rejected"]
Origin = Literal["imported", "written", "synthesised", "feedback"]

STATES: tuple[State, ...] = ("proposed", "approved", "rejected")
PARTS: Mapping[str, float] = {"train": 0.6, "dev": 0.2, "test": 0.2}
"""Into which a set is split, and what share of the rows each is to get."""


class UnknownDataSet(RowsError):
    """A name that no data set has; one sentence."""


@dataclass(frozen=True, kw_only=True)
class DataSetSummary:
    """A line in the list of data sets."""

    name: str
    description: str
    gives_examples: bool
    """Whether all its approved rows may be shown to models as examples, whatever their part."""
    counts: Mapping[State, int]
    parts: Mapping[str, int]
    """Rows by part, in whatever state; those in no part are left out."""
    created_at: datetime
    changed_at: datetime

    @property
    def total(self) -> int:
        """Rows in whatever state."""
        return sum(self.counts.values())


@dataclass(frozen=True, kw_only=True)
class Item:
    """A row of a data set, with what is known about it."""

    row: Row
    state: State
    origin: Origin
    part: str | None
    notes: tuple[str, ...]
    """For who reviews it."""
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A row as somebody wants it, and as it was when they saw it."""

    row: Row
    seen: str
    """`Row.content_hash` of the row that was edited."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A row that waits for a review."""

    row: Row
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import changed."""

    added: int
    updated: int
    unchanged: int


def item_of(row: ItemRow) -> Item:
    """A row as the catalogue has it."""
    return Item(
        row=row_of(row.record, f"The row “{row.row_id}”"),
        state=cast("State", row.state),
        origin=cast("Origin", row.origin),
        part=row.part,
        notes=tuple(row.notes),
        changed_at=row.changed_at,
    )


def new_item(set_id: int, row: Row, state: State, origin: Origin, notes: Sequence[str]) -> ItemRow:
    """A row as the catalogue is to have it."""
    return ItemRow(
        data_set_id=set_id, row_id=row.id, record=as_record(row), state=state, origin=origin, notes=list(notes)
    )


def summary_of(row: DataSetRow, counted: Iterable[tuple[str, str | None, int]]) -> DataSetSummary:
    """A set with its rows counted by state and part."""
    counts: dict[State, int] = dict.fromkeys(STATES, 0)
    parts: dict[str, int] = {}
    for state, part, count in counted:
        counts[cast("State", state)] += count
        if part is not None:
            parts[part] = parts.get(part, 0) + count
    return DataSetSummary(
        name=row.name,
        description=row.description,
        gives_examples=row.gives_examples,
        counts=counts,
        parts=parts,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def version_of(items: Iterable[Item]) -> str:
    """The same for the same rows in the same parts, in whatever order: 12 hexadecimal digits."""
    lines = sorted(f"{item.row.content_hash} {item.part or ''}" for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def check(row: Row) -> None:
    """See that a row can be kept.

    Raises:
        RowsError: it is none, or a database cannot hold it.
    """
    where = f"The row “{row.id}”"
    row_of(as_record(row), where)
    if any("\0" in text for text in _texts(as_record(row))):
        raise RowsError(
            f"{where} holds a character without meaning (U+0000), which databases do not keep.".replace("\0", "")
        )


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            yield from (text for each in value.values() for text in _texts(each))
        case list():
            yield from (text for each in value for text in _texts(each))
