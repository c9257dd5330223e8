"""Running headers, footers and page numbers of a PDF: what repeats near the edges of its pages."""

import re
from collections import Counter
from collections.abc import Sequence

from ingest.parsing.pdf.blocks import Body, is_larger
from ingest.parsing.pdf.layout import Line

_MIN_PAGES = 3
_EDGE_LINES = 3
_EDGE_SHARE = 0.12
_NUMBER = re.compile(r"\d{1,6}")
_ROMAN = re.compile(r"[ivxlc]+", re.IGNORECASE)

_Key = tuple[str, str]
"""Which edge, and the text in one of the forms in which it may repeat."""
_ANY_NUMBERS = "any numbers: "
"""Begins the form that stands for whatever numbers are in the text."""


def without_furniture(pages: Sequence[list[Line]], heights: Sequence[float], body: Body) -> list[list[Line]]:
    """The lines of the pages without those that repeat.

    A line repeats that stands near the same edge of three or more pages, with the same text or with a number in it
    that counts the pages. With other numbers in it, which may be a chapter's, it must do so on a third of all
    pages; if it is large, and so may be the title of slides, on half of them.
    """
    keys_of_pages = [
        _edge_keys(lines, height, number) for number, (lines, height) in enumerate(zip(pages, heights, strict=True))
    ]
    seen = Counter(key for keys in keys_of_pages for key in set().union(*keys.values()))

    def repeats(line: Line, key: _Key) -> bool:
        share = 1 / 2 if is_larger(line.size, body.size) else 1 / 3 if key[1].startswith(_ANY_NUMBERS) else 0
        return seen[key] >= max(_MIN_PAGES, share * len(pages))

    return [
        [line for position, line in enumerate(lines) if not any(repeats(line, key) for key in keys.get(position, ()))]
        for lines, keys in zip(pages, keys_of_pages, strict=True)
    ]


def _edge_keys(lines: Sequence[Line], height: float, page: int) -> dict[int, set[_Key]]:
    """Keys of the outermost lines near the edges of a page, by their position in `lines`."""
    depth = _EDGE_SHARE * height
    by_height = sorted(range(len(lines)), key=lambda position: lines[position].top)
    top = [position for position in by_height[:_EDGE_LINES] if lines[position].bottom <= depth]
    bottom = [position for position in by_height[-_EDGE_LINES:] if lines[position].top >= height - depth]
    return {position: {("top", form) for form in _forms(lines[position].text, page)} for position in top} | {
        position: {("bottom", form) for form in _forms(lines[position].text, page)} for position in bottom
    }


def _forms(text: str, page: int) -> set[str]:
    """The text itself, with each of its numbers in turn counted from that of the page, and with any numbers."""
    text = " ".join(text.casefold().split())
    if _ROMAN.fullmatch(text):
        return {"roman"}
    counted = {
        f"{text[: number.start()]}#{int(number[0]) - page}{text[number.end() :]}" for number in _NUMBER.finditer(text)
    }
    return {text, _ANY_NUMBERS + _NUMBER.sub("#", text)} | counted
