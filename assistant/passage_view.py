"""A passage where it stands: marked on the picture of its page, or in the document's text."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.catalogue import Catalogue
from ingest.elements import Box, Page
from ingest.files import FileStore
from ingest.parsing import ParseError, Parser

_AROUND_CHARS = 1500
_WIDTH_PX = 1000
_MARK = (255, 214, 64)


@dataclass(frozen=True, kw_only=True)
class PassageView:
    """What to show; `before + marked + after` is a stretch of the document's text."""

    before: str
    marked: str
    after: str
    page: int | None = None
    page_count: int | None = None
    picture: bytes | None = None
    """PNG of the page with the passage marked; None where the format has no pages or the page cannot be drawn."""
    alt: str = ""


class PassageGone(Exception):
    """The document has been removed or replaced since; one sentence."""


def view_passage(
    catalogue: Catalogue,
    files: FileStore,
    parser: Parser,
    *,
    version_id: int,
    start: int,
    end: int,
    page: int | None = None,
) -> PassageView:
    """Show the span [start, end) of a version's text.

    Raises:
        PassageGone: the version is no longer there.
    """
    version = catalogue.version(version_id)
    if version is None:
        raise PassageGone("This document has been replaced or removed since: ask again to see what it says now.")
    text = version.text
    begin = _line_start(text, max(0, start - _AROUND_CHARS))
    finish = _line_end(text, min(len(text), end + _AROUND_CHARS))
    number = page and _page_of(catalogue, version_id, page, version.page_count, start)
    drawn = catalogue.page(version_id, number) if number else None
    picture = None
    if drawn is not None:
        try:
            png = parser.render_page(files.path(version.sha256), drawn.number, width_px=_WIDTH_PX)
            picture = _mark(png, drawn, start, end)
        except ParseError:
            picture = None
    return PassageView(
        before=text[begin:start],
        marked=text[start:end],
        after=text[end:finish],
        page=number or page,
        page_count=version.page_count,
        picture=picture,
        alt=f"Page {number} with the passage marked" if picture else "",
    )


def _page_of(catalogue: Catalogue, version_id: int, first: int, count: int | None, start: int) -> int:
    """The page that `start` stands on, from `first` (the passage's first page) on."""
    for number in range(first, (count or first) + 1):
        page = catalogue.page(version_id, number)
        if page is not None and page.boxes and page.boxes[-1].end > start:
            return number
    return first


def _mark(png: bytes, page: Page, start: int, end: int) -> bytes:
    """Lay a highlighter's colour over the lines of the span, so that the text shows through."""
    from PIL import Image, ImageChops, ImageDraw

    image = Image.open(io.BytesIO(png)).convert("RGB")
    scale = image.width / page.width
    marks = Image.new("RGB", image.size, "white")
    draw = ImageDraw.Draw(marks)
    for box in _clipped(page, start, end):
        draw.rectangle(
            [box.left * scale - 2, box.top * scale - 2, box.right * scale + 2, box.bottom * scale + 2], _MARK
        )
    out = io.BytesIO()
    ImageChops.multiply(image, marks).save(out, "PNG")
    return out.getvalue()


def _clipped(page: Page, start: int, end: int) -> Iterator[Box]:
    """The parts of lines that the span covers, each character taken to be equally wide."""
    for box in page.boxes:
        first, last = max(start, box.start), min(end, box.end)
        if first < last:
            per_char = (box.right - box.left) / max(1, box.end - box.start)
            left = box.left + (first - box.start) * per_char
            right = box.left + (last - box.start) * per_char
            yield Box(start=first, end=last, left=left, top=box.top, right=right, bottom=box.bottom)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1 if at else 0


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found
