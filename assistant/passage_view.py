"""A passage where it stands: marked on the picture of its page, or in the document's text."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.catalogue import Catalogue
from ingest.elements import Box, Page
from ingest.files import FileStore
from ingest.parsing import ParseError, Parser

if TYPE_CHECKING:
    from PIL import Image

_AROUND_CHARS = 600
"""Shown before and after a mark in a text, so that the mark is in sight."""
_WIDTH_PX = 1000
_DETAIL_PX = 220
"""Shown above and below a mark."""
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
    detail: bytes | None = None
    """The part of the picture around the mark."""
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
    drawn = catalogue.page(version_id, page) if page else None
    picture = detail = None
    if drawn is not None:
        try:
            png = parser.render_page(files.path(version.sha256), drawn.number, width_px=_WIDTH_PX)
        except ParseError:
            pass  # the text is shown instead
        else:
            picture, detail = _mark(png, drawn, start, end)
    return PassageView(
        before=text[begin:start],
        marked=text[start:end],
        after=text[end:finish],
        page=page,
        page_count=version.page_count,
        picture=picture,
        detail=detail,
        alt=f"Page {page} with the passage marked" if picture else "",
    )


def _mark(png: bytes, page: Page, start: int, end: int) -> tuple[bytes, bytes]:
    """The page with a highlighter's colour over the lines of the span, and the part of it around them."""
    from PIL import Image, ImageChops, ImageDraw

    image = Image.open(io.BytesIO(png)).convert("RGB")
    scale = image.width / page.width
    marks = Image.new("RGB", image.size, "white")
    draw = ImageDraw.Draw(marks)
    boxes = list(_clipped(page, start, end))
    for box in boxes:
        corners = (box.left * scale - 2, box.top * scale - 2, box.right * scale + 2, box.bottom * scale + 2)
        draw.rectangle(corners, _MARK)
    marked = ImageChops.multiply(image, marks)  # the text shows through
    top = min((box.top for box in boxes), default=0.0) * scale - _DETAIL_PX
    bottom = max((box.bottom for box in boxes), default=page.height) * scale + _DETAIL_PX
    detail = marked.crop((0, max(0, int(top)), marked.width, min(marked.height, int(bottom))))
    return _png(marked), _png(detail)


def _png(image: "Image.Image") -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
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
