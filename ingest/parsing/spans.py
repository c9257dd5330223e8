"""Spans of elements in a text that is the file itself."""

from collections.abc import Iterable, Iterator

from ingest.elements import Element


def line_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every line; only "\\n" ends a line."""
    spans, start = [], 0
    for line in text.split("\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the white space at its ends; empty where it is nothing else."""
    stretch = text[start:end]
    stripped = stretch.strip()
    start += len(stretch) - len(stretch.lstrip()) if stripped else 0
    return start, start + len(stripped)


def covering(text: str, elements: Iterable[Element]) -> tuple[Element, ...]:
    """`elements`, which are in order, with an "other" element wherever they leave something out."""
    return tuple(_with_gaps_filled(text, elements))


def _with_gaps_filled(text: str, elements: Iterable[Element]) -> Iterator[Element]:
    position = 0
    for element in elements:
        yield from _filling(text, position, element.start)
        yield element
        position = element.end
    yield from _filling(text, position, len(text))


def _filling(text: str, start: int, end: int) -> Iterator[Element]:
    start, end = trimmed(text, start, end)
    if start < end:
        yield Element(kind="other", start=start, end=end)
