"""A data set as a grid of cells: rows as lines, and what was changed in them back as rows."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from assistant.data_sets.data_set import STATES, Edit, Item, State
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import GoldSource, Row, RowsError, as_record, row_of

COLUMNS = ("Question", "Answers", "Answerable", "Document", "Page", "Quote", "Tags", "State", "Part", "Notes", "Row")
"""In their order. Answers and tags are lists; document, page and quote are those of the first source."""
FIXED = ("Part", "Notes", "Row")
"""Not to be changed in a grid."""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What somebody changed in a grid."""

    edited: tuple[Edit, ...] = ()
    reviewed: Mapping[str, State] | None = None
    """New states by row id."""
    added: tuple[tuple[Row, State], ...] = ()
    deleted: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Rows that something of was changed."""
        changed = {edit.row.id for edit in self.edited} | set(self.reviewed or {})
        return len(changed) + len(self.added) + len(self.deleted)

    def save(self, data_sets: DataSets, name: str) -> None:
        """Keep them.

        Raises:
            RowsError: a row was changed or removed by somebody else meanwhile; nothing is kept then.
        """
        if self.edited:
            data_sets.edit(name, self.edited)
        for state in STATES:
            these = [row_id for row_id, wanted in (self.reviewed or {}).items() if wanted == state]
            if these:
                data_sets.review(name, these, state)
        for row, state in self.added:
            data_sets.add(name, row, state=state)
        if self.deleted:
            data_sets.delete(name, self.deleted)


def as_line(item: Item) -> dict[str, Any]:
    """A row as a line of cells, by column."""
    row = item.row
    first = row.sources[0] if row.sources else GoldSource(document="")
    return {
        "Question": row.question,
        "Answers": list(row.answers),
        "Answerable": row.answerable,
        "Document": first.document,
        "Page": first.page,
        "Quote": first.quote or "",
        "Tags": list(row.tags),
        "State": item.state,
        "Part": item.part or "",
        "Notes": "; ".join(item.notes),
        "Row": row.id,
    }


def changes(
    items: Sequence[Item],
    *,
    edited: Mapping[int, Mapping[str, Any]],
    added: Sequence[Mapping[str, Any]] = (),
    deleted: Sequence[int] = (),
) -> Changes:
    """What the cells that were changed come to; `edited` is by line, then by column, `deleted` names lines.

    A line that was added and left empty is none.

    Raises:
        RowsError: a line is no row; one sentence that names it.
    """
    gone = set(deleted)
    touched = {at: cells for at, cells in edited.items() if at not in gone}
    states = {items[at].row.id: _state(cells["State"]) for at, cells in touched.items() if "State" in cells}
    return Changes(
        edited=tuple(_edits(items, touched)),
        reviewed=states,
        added=tuple(_added(added)),
        deleted=tuple(items[at].row.id for at in sorted(gone)),
    )


def row_with(row: Row, cells: Mapping[str, Any], where: str) -> Row:
    """A row with some of its cells changed; sources after the first stay.

    Raises:
        RowsError: it would be no row.
    """
    first = row.sources[0] if row.sources else GoldSource(document="")
    source = {
        "document": str(cells.get("Document", first.document) or "").strip(),
        "page": _page(cells.get("Page", first.page), where),
        "quote": str(cells.get("Quote", first.quote) or "").strip() or None,
    }
    if not source["document"] and (source["page"] or source["quote"]):
        raise RowsError(f"{where} has a page or a quote without a document.")
    sources = [*([source] if source["document"] else []), *as_record(row)["sources"][1:]]
    return row_of(
        {
            **as_record(row),
            "question": str(cells.get("Question", row.question) or "").strip(),
            "answers": _texts(cells.get("Answers", row.answers)),
            "answerable": bool(cells.get("Answerable", row.answerable)),
            "tags": _texts(cells.get("Tags", row.tags)),
            "sources": sources,
        },
        where,
    )


def _edits(items: Sequence[Item], touched: Mapping[int, Mapping[str, Any]]) -> Iterator[Edit]:
    for at, cells in sorted(touched.items()):
        old = items[at].row
        new = row_with(old, cells, f"Line {at + 1}")
        if new != old:
            yield Edit(row=new, seen=old.content_hash)


def _added(lines: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Row, State]]:
    for number, cells in enumerate(lines, start=1):
        said = [cells.get(column) for column in COLUMNS if column not in (*FIXED, "Answerable", "State")]
        if not any(said):
            continue
        empty = Row(id=uuid.uuid4().hex[:12], question="?")
        wanted = {"Question": "", **cells, "Answerable": cells.get("Answerable") is not False}
        yield row_with(empty, wanted, f"New line {number}"), _state(cells.get("State") or "approved")


def _state(value: object) -> State:
    if value not in STATES:
        raise RowsError(f"A row is {', '.join(STATES[:-1])} or {STATES[-1]}, not “{value}”.")
    return value


def _page(value: object, where: str) -> int | None:
    if value is None or value == "":
        return None
    if not isinstance(value, int | float) or value != int(value) or value < 1:
        raise RowsError(f"{where}: a page is a whole number from 1.")
    return int(value)


def _texts(value: object) -> list[str]:
    """Of a list, or of a text with a bar between each."""
    pieces = value.split("|") if isinstance(value, str) else list(cast("Sequence[object]", value or ()))
    return [text for piece in pieces if (text := str(piece).strip())]


def edited_row(row: Row, **fields: Any) -> Row:
    """A row with fields of its record changed, checked.

    Raises:
        RowsError: it would be no row.
    """
    return row_of({**as_record(row), **fields}, f"The row “{row.id}”")
