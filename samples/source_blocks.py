"""The sources of the binary sample documents, read as blocks.

A source is Markdown of a few kinds of block. Beyond plain Markdown, in tables "<" joins a cell to the one
on its left and "^" to the one above, "~ " starts a speaker's note and "=== scan FILE" stands for a page
that is only a picture of FILE.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Literal

SOURCES = Path(__file__).parent / "sources"
PUBLISHED = datetime(2026, 10, 1, 9, 0)
AUTHOR = "Tarrow Navigation Trust"
TEAL, SAND, GREY = "1F4E5F", "F3EEE3", "6B7280"

Kind = Literal["heading", "paragraph", "bullets", "steps", "table", "note", "scan"]


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a source that is laid out as one."""

    kind: Kind
    text: str = ""
    level: int = 0
    """Of a heading: 1 is the document's title."""
    items: list[str] = field(default_factory=list)
    """Of bullets and steps."""
    rows: list[list[str]] = field(default_factory=list)
    """Of a table, the header rows first."""
    header_rows: int = 0


MARKS: dict[Kind, str] = {
    "heading": r"#+ ",
    "bullets": r"- ",
    "steps": r"\d+\. ",
    "table": r"\|",
    "note": r"~ ",
    "scan": r"=== scan ",
}


JOINED = ("<", "^")
"""Cells of a table that are joined to the one on their left or above."""


def read_blocks(name: str) -> list[Block]:
    """Read a source as blocks."""
    lines = (SOURCES / f"{name}.md").read_text(encoding="utf-8").splitlines()
    return [block for kind, group in groupby(lines, _kind) for block in _blocks(kind, list(group))]


def _kind(line: str) -> Kind | None:
    matching = (kind for kind, mark in MARKS.items() if re.match(mark, line))
    return next(matching, "paragraph" if line else None)


def _blocks(kind: Kind | None, lines: list[str]) -> Iterator[Block]:
    texts = [re.sub(MARKS[kind], "", line, count=1) if kind in MARKS else line for line in lines]
    match kind:
        case None:
            return
        case "table":
            rows = [[cell.strip() for cell in text.removesuffix("|").split("|")] for text in texts]
            rule = next(number for number, row in enumerate(rows) if set(row[0]) == {"-"})
            yield Block(kind=kind, rows=rows[:rule] + rows[rule + 1 :], header_rows=rule)
        case "bullets" | "steps":
            yield Block(kind=kind, items=texts)
        case _:
            for line, text in zip(lines, texts, strict=True):
                yield Block(kind=kind, text=text, level=len(line) - len(line.lstrip("#")))


def merged_areas(rows: list[list[str]]) -> Iterator[tuple[int, int, int, int]]:
    """Rectangles of joined cells: first row, first column, last row, last column."""
    for top, row in enumerate(rows):
        for left, text in enumerate(row):
            if text in JOINED:
                continue
            right = left
            while right + 1 < len(row) and row[right + 1] == "<":
                right += 1
            bottom = top
            while bottom + 1 < len(rows) and rows[bottom + 1][left] == "^":
                bottom += 1
            if (top, left) != (bottom, right):
                yield top, left, bottom, right
