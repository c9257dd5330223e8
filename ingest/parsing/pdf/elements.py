"""Blocks of a PDF as elements of `unstructured`: headings told from the text, lines joined, boxes kept."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ingest.parsing.characters import BULLETS
from ingest.parsing.convert import LineBox
from ingest.parsing.pdf.blocks import Block, Body, TableRow, is_larger
from ingest.parsing.pdf.hyphens import compounds_in, is_divided, without_division
from ingest.parsing.pdf.layout import Line
from ingest.parsing.pdf.text import PageText, Rectangle
from ingest.parsing.tables import TableRows

_SAME_SIZE = 0.95
_MAX_HEADING_CHARS = 200
_MAX_STANDOUT_CHARS = 100
_MAX_STANDOUT_LINES = 2
_MAX_STANDOUT_SHARE = 0.3
_MAX_DEPTH = 6
_BULLET = re.compile(rf"(?:[{BULLETS}]|[*\-–—](?=\s))\s*")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uff60]")


def elements_of(blocks: Sequence[Block], pages: Mapping[int, PageText], body: Body) -> Iterator[Any]:
    """Title, NarrativeText, ListItem and Table elements, each with `line_boxes` in its metadata."""
    from unstructured.documents.elements import ElementMetadata, ListItem, NarrativeText, Table, Title

    depths = _heading_depths(blocks, body)
    compounds = compounds_in(line.text for block in blocks for line in block.lines)
    for block, depth in zip(blocks, depths, strict=True):
        page = pages[block.page]
        metadata = ElementMetadata(page_number=block.page)
        if block.rows:
            metadata.table = _table(block.rows)
            metadata.line_boxes = list(_row_boxes(block.rows, metadata.table.lines, page))
            yield Table("", metadata=metadata)
            continue
        text, metadata.line_boxes = _joined(block.lines, compounds, page, is_item=block.is_item and not depth)
        if depth:
            metadata.category_depth = depth - 1
            yield Title(text, metadata=metadata)
        else:
            yield (ListItem if block.is_item else NarrativeText)(text, metadata=metadata)


def _heading_depths(blocks: Sequence[Block], body: Body) -> list[int | None]:
    """Depth of each block that is a heading: by rank of its size; those that stand out in another way come last."""
    sizes = sorted({block.lines[0].size for block in blocks if _is_large(block, body)}, reverse=True)
    ranks: dict[float, int] = {}
    rank, first_of_rank = 0, float("inf")
    for size in sizes:
        if size < _SAME_SIZE * first_of_rank:
            rank, first_of_rank = rank + 1, size
        ranks[size] = min(rank, _MAX_DEPTH)
    stands_out = _standing_out(blocks, body)
    return [
        ranks[block.lines[0].size]
        if _is_large(block, body)
        else min(rank + 1, _MAX_DEPTH)
        if number in stands_out
        else None
        for number, block in enumerate(blocks)
    ]


def _is_large(block: Block, body: Body) -> bool:
    return (
        not block.rows
        and not block.is_bulleted
        and block.lines[0].upright
        and is_larger(block.lines[0].size, body.size)
        and sum(len(line.text) for line in block.lines) <= _MAX_HEADING_CHARS
        and _letters(block) > 1
    )


def _standing_out(blocks: Sequence[Block], body: Body) -> set[int]:
    """Numbers of the short blocks in bold, or in capitals, unless much of the document is."""
    found: set[int] = set()
    total = sum(map(_letters, blocks)) or 1
    for is_standout in (_is_bold, _is_in_capitals):
        standouts = [number for number, block in enumerate(blocks) if is_standout(block)]
        if sum(_letters(blocks[number]) for number in standouts) <= _MAX_STANDOUT_SHARE * total:
            found.update(number for number in standouts if _is_short(blocks[number], body))
    return found


def _is_bold(block: Block) -> bool:
    return all(line.bold for line in block.lines)


def _is_in_capitals(block: Block) -> bool:
    return all(line.text.isupper() for line in block.lines) and _letters(block) > 4


def _is_short(block: Block, body: Body) -> bool:
    text = block.lines[-1].text
    return (
        not block.rows
        and not block.is_bulleted
        and len(block.lines) <= _MAX_STANDOUT_LINES
        and sum(len(line.text) for line in block.lines) <= _MAX_STANDOUT_CHARS
        and block.lines[0].size >= _SAME_SIZE * body.size
        and not text.endswith((".", ",", ";", ":"))
        and _letters(block) > 2
    )


def _letters(block: Block) -> int:
    return sum(character.isalpha() for line in block.lines for character in line.text)


def _joined(lines: Sequence[Line], compounds: set[str], page: PageText, *, is_item: bool) -> tuple[str, list[LineBox]]:
    """The lines as one text, divided words put together, and a box for each line."""
    text = ""
    boxes: list[LineBox] = []
    for line in lines:
        added = line.text
        if not text:
            added = (_BULLET.sub("", added, count=1) or added) if is_item else added
        elif is_divided(text, added):
            text = without_division(text, added, compounds)
            start, _, left, top, right, bottom = boxes[-1]
            boxes[-1] = (start, len(text), left, top, right, bottom)
        elif not (_UNSPACED.match(text[-1]) and _UNSPACED.match(added)):
            text += " "
        boxes.append((len(text), len(text) + len(added), *_shown(line, page)))
        text += added
    return text, boxes


def _table(rows: Sequence[TableRow]) -> TableRows:
    is_bold = [all(line.bold for line in row.lines) for row in rows]
    return TableRows(
        rows=[[cell.text for cell in row.cells] for row in rows], marked_header=is_bold[0] and not all(is_bold)
    )


def _row_boxes(rows: Sequence[TableRow], texts: Sequence[str], page: PageText) -> Iterator[LineBox]:
    start = 0
    for row, text in zip(rows, texts, strict=True):
        boxes = [_shown(line, page) for line in row.lines]
        rectangle = (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )
        yield (start, start + len(text), *rectangle)
        start += len(text) + 1


def _shown(line: Line, page: PageText) -> Rectangle:
    """Where the line stands on the page as shown; what reaches over its edge is cut off."""
    left, top, right, bottom = page.shown((line.left, line.top, line.right, line.bottom))
    return (
        round(max(left, 0), 2),
        round(max(top, 0), 2),
        round(min(right, page.width), 2),
        round(min(bottom, page.height), 2),
    )
