"""Rows of cells: out of HTML, into lines of text, and which of them is the header."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ingest.parsing.characters import one_line

CELL_SEPARATOR = " | "

Row = list[str | None]
"""Cells from left to right; None where a cell to the left reaches over the place."""

_MAX_SPAN = 1000
_MAX_HEADER_CELL_CHARS = 80
_MAX_HEADER_CHARS = 1000
_NUMERIC = re.compile(r"[\s$€£¥+\-−–(]*\d[\d.,:/\s\-–]*[a-zA-Z]{0,3}[\s%$€£)]*")
_INLINE_TAGS = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins"),
        *("kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time"),
        *("tt", "u", "var"),
    )
)


@dataclass(frozen=True, kw_only=True)
class TableRows:
    """A table as rows of cells."""

    rows: list[Row]
    marked_header: bool = False
    """Whether the source says that its first row is the header."""

    @cached_property
    def lines(self) -> list[str]:
        """A line of text for each row that has any; columns without any text are left out."""
        width = max((len(row) for row in self.rows), default=0)
        filled = [column for column in range(width) if any(_has_text(row, column) for row in self.rows)]
        lines = (row_line([row[column] for column in filled if column < len(row)]) for row in self.rows)
        return [line for line in lines if line]

    @property
    def header(self) -> str | None:
        """The first line, where it is the header of those below and short enough to stand with each of them."""
        filled = [row for row in self.rows if any(_has_text(row, column) for column in range(len(row)))]
        if len(filled) < 2 or len(self.lines[0]) > _MAX_HEADER_CHARS:
            return None
        return self.lines[0] if self.marked_header or _looks_like_header(filled) else None

    @property
    def is_frame(self) -> bool:
        """Whether it has a single column, as frames around prose have."""
        return all(sum(cell is not None for cell in row) <= 1 for row in self.rows)


def row_line(row: Row) -> str:
    """The row as one line; a merged cell stands once, empty cells at the end not at all."""
    cells = [one_line(cell) for cell in row if cell is not None]
    while cells and not cells[-1]:
        cells.pop()
    return CELL_SEPARATOR.join(cells).strip()


def names_columns(row: Row) -> bool:
    """Whether `row` could be a header: two or more short, distinct texts, none of them missing or a number."""
    cells = [(cell or "").strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return (
        len(cells) > 1
        and len(set(cells)) == len(cells)
        and all(cell and len(cell) <= _MAX_HEADER_CELL_CHARS and not _NUMERIC.fullmatch(cell) for cell in cells)
    )


def table_bounds(widths: Sequence[int]) -> tuple[int, int]:
    """Half-open range of the rows between the first and last with more than one cell, given cells filled by row.

    Single cells above and below a table are its title and remarks.
    """
    wide = [number for number, width in enumerate(widths) if width > 1]
    return (wide[0], wide[-1] + 1) if wide else (0, 0)


def rows_of_html(html: str) -> TableRows:
    """The rows of the first table in `html`."""
    from lxml import etree  # type: ignore[import-untyped]

    root = etree.fromstring(html.encode(), etree.HTMLParser(encoding="utf-8", huge_tree=True)) if html else None
    table = root.find(".//table") if root is not None else None
    return TableRows(rows=[]) if table is None else rows_of_table(table)


def rows_of_table(table: Any) -> TableRows:
    """The rows of an lxml `<table>`; a cell that spans rows is repeated in each of them."""
    own_rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    cells_of_rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in own_rows]
    open_spans: dict[int, tuple[int, str | None]] = {}
    return TableRows(
        rows=[_laid_out(cells, open_spans) for cells in cells_of_rows],
        marked_header=bool(cells_of_rows and cells_of_rows[0]) and all(cell.tag == "th" for cell in cells_of_rows[0]),
    )


def _laid_out(cells: list[Any], open_spans: dict[int, tuple[int, str | None]]) -> Row:
    """Lay `cells` out in the columns that cells of earlier rows leave free; updates `open_spans`.

    `open_spans` holds, by column, for how many more rows a cell from above goes on, and its text.
    """
    row: Row = []
    waiting = deque(cells)
    while waiting or any(column >= len(row) for column in open_spans):
        column = len(row)
        if column in open_spans:
            rows_left, text = open_spans.pop(column)
            row.append(text)
            if rows_left > 1:
                open_spans[column] = (rows_left - 1, text)
        elif waiting:
            cell = waiting.popleft()
            texts: Row = [_cell_text(cell)] + [None] * (_span(cell, "colspan") - 1)
            row += texts
            rows_left = _span(cell, "rowspan") - 1
            open_spans |= {column + offset: (rows_left, text) for offset, text in enumerate(texts) if rows_left}
        else:
            row.append("")
    return row


def _cell_text(cell: Any) -> str:
    from lxml import etree

    pieces = []
    for event, node in etree.iterwalk(cell, events=("start", "end")):
        pieces.append("" if node.tag in _INLINE_TAGS else " ")
        if event == "start":
            pieces.append(node.text or "")
        elif node is not cell:
            pieces.append(node.tail or "")
    return "".join(pieces)


def _span(cell: Any, attribute: str) -> int:
    value = cell.get(attribute, "1").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isdecimal() and len(value) < 6 else 1


def _has_text(row: Row, column: int) -> bool:
    return column < len(row) and bool((row[column] or "").strip())


def _looks_like_header(rows: list[Row]) -> bool:
    """Whether the first of `rows` names the columns of the others.

    Two columns of text are as often names and their values; there, numbers below must tell the two apart.
    """
    if not names_columns(rows[0]) or len(rows[0]) > 2:
        return names_columns(rows[0])
    return any(cell and _NUMERIC.fullmatch(cell.strip()) for row in rows[1:] for cell in row)
