"""What parsing makes of a document: one text, and elements and pages that point into it."""

from dataclasses import dataclass, field
from typing import Any, Literal, Self

Kind = Literal["heading", "paragraph", "list-item", "table-row", "code", "other"]


@dataclass(frozen=True, kw_only=True)
class Element:
    """A stretch of the document's text that has a role in it."""

    kind: Kind
    start: int
    end: int
    """Half-open span in `ParsedDocument.text`, in characters."""
    page: int | None = None
    """From 1; a slide's or sheet's number where those are the pages; None where there are none."""
    depth: int = 1
    """Of a heading: 1 is the topmost."""
    header: str | None = None
    """Of a table row: the table's header row, shown and searched with each of its rows."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """Where a line of text stands on its page: points (1/72 inch) from the page's top left corner."""

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page with a picture of its own (PDF only)."""

    number: int
    width: float
    height: float
    """In points."""
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ParsedDocument:
    """A document as text with structure.

    For plain text and Markdown `text` is the decoded file itself (line ends as "\\n"), so spans are
    places in the file; for all others it is the elements' text joined by blank lines.
    """

    text: str
    elements: tuple[Element, ...]
    pages: tuple[Page, ...] = ()
    page_count: int | None = None
    """Pages, slides or sheets; None where the format has none."""
    title: str | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)
    """One sentence each on what could not be read, such as "no text found on page 3"."""

    def to_json(self) -> dict[str, Any]:
        """A form that `from_json` reads back."""
        # vars() rather than asdict(), which copies each value in depth and takes forty times as long.
        pages = [{**vars(page), "boxes": [vars(box) for box in page.boxes]} for page in self.pages]
        return {**vars(self), "elements": [vars(element) for element in self.elements], "pages": pages}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        pages = tuple(Page(**{**page, "boxes": tuple(Box(**box) for box in page["boxes"])}) for page in data["pages"])
        elements = tuple(Element(**element) for element in data["elements"])
        return cls(**{**data, "elements": elements, "pages": pages, "notes": tuple(data["notes"])})
