"""Elements of `unstructured` to a `ParsedDocument`: one text, and spans into it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ingest.elements import Box, Element, Kind, Page, ParsedDocument
from ingest.parsing.characters import one_line, strip_controls
from ingest.parsing.tables import TableRows, rows_of_html

LineBox = tuple[int, int, float, float, float, float]
"""Start and end in an element's own text; left, top, right and bottom on its page."""

_KINDS: dict[str, Kind] = {"Title": "heading", "ListItem": "list-item", "CodeSnippet": "code", "Image": "other"}
_NOT_TEXT = frozenset({"PageBreak", "Header", "Footer", "PageNumber"})
_TITLE_NOBODY_GAVE = re.compile(
    r"(?:untitled|(?:word |powerpoint )?(?:document|presentation)|slide \d+|microsoft \w+ - .*|.*\.\w{2,4})",
    re.IGNORECASE,
)


def to_document(
    elements: Iterable[Any],
    *,
    title: str | None = None,
    fallback_title: str | None = None,
    page_count: int | None = None,
    page_sizes: dict[int, tuple[float, float]] | None = None,
    notes: Iterable[str] = (),
) -> ParsedDocument:
    """Join `elements` by blank lines, the rows of a table by line ends.

    Beside what unstructured fills in, an element's metadata may hold `table` (`TableRows`, in place of HTML) and
    `line_boxes` (a list of `LineBox`; the text is then taken as it is). The title is `title`, else the topmost
    heading (of the first page), else `fallback_title` unless a program made that up. `page_sizes` gives width and
    height of every page that has a picture, by its number.
    """
    writer = _Writer()
    for element in elements:
        if element.category in _NOT_TEXT:
            continue
        page = element.metadata.page_number
        if element.category == "Table":
            _write_table(writer, element, page)
        else:
            _write_text(writer, element, page)
    pages = tuple(
        Page(number=number, width=width, height=height, boxes=tuple(writer.boxes.get(number, ())))
        for number, (width, height) in (page_sizes or {}).items()
    )
    text = "".join(writer.pieces)
    return ParsedDocument(
        text=text,
        elements=tuple(writer.elements),
        pages=pages,
        page_count=page_count,
        title=one_line(title or "") or _first_heading(text, writer.elements) or _meant_title(fallback_title or ""),
        notes=tuple(notes),
    )


def kind_of(element: Any) -> tuple[Kind, int]:
    """The kind of an element of `unstructured` that is no table, and its depth where it is a heading."""
    kind = _KINDS.get(element.category, "paragraph")
    return kind, (element.metadata.category_depth or 0) + 1 if kind == "heading" else 1


@dataclass(kw_only=True)
class _Writer:
    """The document so far."""

    pieces: list[str] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    boxes: dict[int, list[Box]] = field(default_factory=dict)
    length: int = 0

    def write(
        self, text: str, kind: Kind, *, page: int | None, depth: int = 1, header: str | None = None, gap: str = "\n\n"
    ) -> int:
        """Append an element; returns where it starts."""
        if self.pieces:
            self.pieces.append(gap)
            self.length += len(gap)
        start = self.length
        self.pieces.append(text)
        self.length += len(text)
        self.elements.append(Element(kind=kind, start=start, end=self.length, page=page, depth=depth, header=header))
        return start

    def add_boxes(self, page: int | None, boxes: Iterable[LineBox], at: int) -> None:
        """Add boxes whose places count from `at`."""
        if page is None:
            return
        for start, end, left, top, right, bottom in boxes:
            box = Box(start=at + start, end=at + end, left=left, top=top, right=right, bottom=bottom)
            self.boxes.setdefault(page, []).append(box)


def _write_text(writer: _Writer, element: Any, page: int | None) -> None:
    boxes = getattr(element.metadata, "line_boxes", None)
    kind, depth = kind_of(element)
    text = element.text if boxes else _clean(element.text, keep_indentation=kind == "code")
    if not text:
        return
    start = writer.write(text, kind, page=page, depth=depth)
    writer.add_boxes(page, boxes or (), start)


def _write_table(writer: _Writer, element: Any, page: int | None) -> None:
    own_rows: TableRows | None = getattr(element.metadata, "table", None)
    table = own_rows or rows_of_html(element.metadata.text_as_html or "")
    lines = table.lines
    is_frame = own_rows is None and table.is_frame
    header = None if is_frame else table.header
    table_start = writer.length
    for index, line in enumerate(lines):
        start = writer.write(
            line,
            "paragraph" if is_frame else "table-row",
            page=page,
            header=header if index else None,
            gap="\n" if index and not is_frame else "\n\n",
        )
        if index == 0:
            table_start = start
    writer.add_boxes(page, getattr(element.metadata, "line_boxes", None) or (), table_start)


def _clean(text: str, *, keep_indentation: bool) -> str:
    """`text` without control characters and blank lines at its ends, white space in its lines made single."""
    text = strip_controls(text)
    if keep_indentation:
        return text.strip("\n").rstrip()
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _first_heading(text: str, elements: list[Element]) -> str | None:
    headings = [element for element in elements if element.kind == "heading" and element.page in (None, 1)]
    first = min(headings, key=lambda heading: heading.depth, default=None)
    return one_line(text[first.start : first.end]) if first else None


def _meant_title(title: str) -> str | None:
    """A title out of a file's properties, unless a program put it there."""
    title = one_line(title)
    return None if not title or _TITLE_NOBODY_GAVE.fullmatch(title) else title
