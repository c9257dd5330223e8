"""Lines of a PDF to blocks: paragraphs, list items and tables."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.parsing.characters import BULLETS
from ingest.parsing.pdf.hyphens import is_divided, without_division
from ingest.parsing.pdf.layout import Cell, Line

_BULLETED = re.compile(rf"[{BULLETS}]\s*\S")
_LABELLED = re.compile(r"(?:[*\-–—]|\(?(?:\d{1,2}|[a-z]|[ivx]{2,4})[.)]|\[\d{1,3}\])\s+\S")
_SENTENCE_END = (".", "!", "?", ":", ";", "”", '"', ")")
_SIZE_TOLERANCE = 0.08
_MAX_PITCH = 1.3
_INDENT_EM = 0.8
_SHORT_LINE_SHARE = 0.75
_TABLE_PITCH_EM = 3.0
_ALIGNED_EM = 0.4
_DEFAULT_SIZE = 10.0
_DEFAULT_PITCH_EM = 1.3
_HEADING_SIZE = 1.12
_MAX_LARGER_SHARE = 0.25
_PLAUSIBLE_PITCH_EM = (0.9, 2.5)


@dataclass(frozen=True, kw_only=True)
class Body:
    """What the running text of a document looks like."""

    size: float
    """Of its font, in points."""
    pitch_em: float
    """From line to line, in font sizes."""


@dataclass(kw_only=True)
class TableRow:
    """A row of a table, with the lines in which its cells go on."""

    cells: list[Cell]
    lines: list[Line]


@dataclass(kw_only=True)
class Block:
    """Lines that belong together."""

    page: int
    lines: list[Line]
    rows: list[TableRow] = field(default_factory=list)
    """Where the lines are those of a table."""

    @property
    def is_bulleted(self) -> bool:
        """Whether it begins with a bullet."""
        return not self.rows and bool(_BULLETED.match(self.lines[0].text))

    @property
    def is_item(self) -> bool:
        """Whether it begins like a list item: with a bullet, a dash or a number."""
        return self.is_bulleted or (not self.rows and bool(_LABELLED.match(self.lines[0].text)))


def body_of(pages: Iterable[Sequence[Line]]) -> Body:
    """The commonest size by characters, or a larger one where much is larger still, and the pitch of its lines."""
    pages = list(pages)
    sizes: Counter[float] = Counter()
    for line in (line for lines in pages for line in lines):
        sizes[line.size] += len(line.text)
    size = _body_size(sizes)
    low, high = _PLAUSIBLE_PITCH_EM
    pitches = [
        pitch
        for lines in pages
        for one, other in pairwise(lines)
        if one.column == other.column and one.size == other.size == size
        if low <= (pitch := (other.bottom - one.bottom) / size) <= high
    ]
    pitch_em = statistics.quantiles(pitches, n=4)[0] if len(pitches) > 3 else _DEFAULT_PITCH_EM
    return Body(size=size, pitch_em=pitch_em)


def _body_size(sizes: Counter[float]) -> float:
    """Of sizes with their numbers of characters: on slides, for one, the commonest may be that of footnotes."""
    if not sizes:
        return _DEFAULT_SIZE
    commonest = sizes.most_common(1)[0][0]
    for size in sorted(size for size in sizes if size >= commonest):
        if sum(count for other, count in sizes.items() if is_larger(other, size)) <= _MAX_LARGER_SHARE * sizes.total():
            return size
    return commonest


def is_larger(size: float, body_size: float) -> bool:
    """Whether a font size stands out as that of headings does."""
    return size >= _HEADING_SIZE * body_size


def blocks_of(lines: Sequence[Line], *, page: int, body: Body) -> Iterator[Block]:
    """Group the lines of one page, which are in reading order."""
    ends = {line.column: 0.0 for line in lines}
    for line in lines:
        ends[line.column] = max(ends[line.column], line.right)
    block: Block | None = None
    for line in lines:
        if block is not None and _belongs(line, block, body, column_end=ends[block.lines[-1].column]):
            _append(line, block)
            continue
        if block is not None:
            yield block
        is_row = len(line.cells) > 1
        block = Block(page=page, lines=[line], rows=[TableRow(cells=list(line.cells), lines=[line])] if is_row else [])
    if block is not None:
        yield block


def _append(line: Line, block: Block) -> None:
    block.lines.append(line)
    if block.rows and len(line.cells) > 1:
        block.rows.append(TableRow(cells=list(line.cells), lines=[line]))
    elif block.rows:
        row, cell = block.rows[-1], line.cells[0]
        place = next(place for place, above in enumerate(row.cells) if _are_aligned(cell, above, line.size))
        above = row.cells[place]
        start = without_division(above.text, cell.text) if is_divided(above.text, cell.text) else f"{above.text} "
        row.cells[place] = Cell(text=start + cell.text, left=above.left, right=above.right)
        row.lines.append(line)


def _belongs(line: Line, block: Block, body: Body, *, column_end: float) -> bool:
    """Whether `line` goes on with `block`."""
    if block.rows:
        return _belongs_to_table(line, block, body)
    previous = block.lines[-1]
    if len(line.cells) > 1 or abs(line.size - previous.size) > _SIZE_TOLERANCE * previous.size:
        return False
    if line.bold != previous.bold and (len(block.lines) > 1 or previous.bold):
        return False
    ends_sentence = previous.text.endswith(_SENTENCE_END)
    if _BULLETED.match(line.text) or (_LABELLED.match(line.text) and (ends_sentence or block.is_item)):
        return False
    if line.column != previous.column:
        return not ends_sentence and line.text[:1].islower()
    if not 0 < line.bottom - previous.bottom <= _MAX_PITCH * body.pitch_em * line.size:
        return False
    return not (ends_sentence and _begins_paragraph(line, block, column_end)) and not _is_outdented(line, block)


def _belongs_to_table(line: Line, block: Block, body: Body) -> bool:
    """Whether `line` is the next row, or what does not fit into one cell of the last row, the first cell excepted."""
    previous = block.lines[-1]
    pitch = line.bottom - previous.bottom
    if line.column != previous.column or not 0 < pitch <= _TABLE_PITCH_EM * line.size:
        return False
    return len(line.cells) > 1 or (
        pitch <= _MAX_PITCH * body.pitch_em * line.size
        and any(_are_aligned(line.cells[0], above, line.size) for above in block.rows[-1].cells[1:])
    )


def _begins_paragraph(line: Line, block: Block, column_end: float) -> bool:
    """Whether its indentation, or the short line before it, shows that `line` begins a paragraph."""
    previous = block.lines[-1]
    if not block.is_item and line.left - previous.left > _INDENT_EM * line.size:
        return True
    column_start = min(block.lines[0].left, line.left)
    return previous.right - column_start < _SHORT_LINE_SHARE * (column_end - column_start)


def _is_outdented(line: Line, block: Block) -> bool:
    """Whether `line` stands left of the list item that `block` is."""
    return block.is_item and line.left < block.lines[0].left - _INDENT_EM * line.size


def _are_aligned(one: Cell, other: Cell, size: float) -> bool:
    return abs(one.left - other.left) <= _ALIGNED_EM * size
