"""Runs of characters on a PDF page to lines in reading order: columns one after the other, table rows as cells."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from ingest.parsing.characters import BULLETS
from ingest.parsing.pdf.text import Run

_SAME_LINE_OVERLAP = 0.5
_SAME_PLACE_EM = 0.5
_OPEN_ROWS = 6
_SPACE_EM = 0.12
_FRAGMENT_GAP_EM = 0.75
_CELL_GAP_EM = 1.5
_BULLET = re.compile(rf"[{BULLETS}*o\-–—]")
_NUMBER = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxIVX]{1,5})[.)]?|§+\s*\d*|\[\d+\]")
_LEADER = re.compile(r"[.\s…·_]{3,}")
_SIDE_SLACK_EM = 0.5
_MIN_COLUMN_LINES = 4
_MIN_COLUMN_CHARS = 15
_MIN_COLUMN_FILL = 0.4
_MAX_CROSSING_SHARE = 0.4
_MAX_COLUMN_SPLITS = 3


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A stretch of a line without a wide gap in it."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of text, or a row of a table where it has more than one cell."""

    cells: tuple[Cell, ...]
    left: float
    top: float
    right: float
    bottom: float
    size: float
    """Of most of its text, in points."""
    bold: bool
    upright: bool
    column: int
    """Number of the column it stands in, in reading order; lines across all columns have numbers of their own."""

    @property
    def text(self) -> str:
        """The line's text, cells set apart by a space."""
        return " ".join(cell.text for cell in self.cells)


def lines_in_order(runs: Sequence[Run]) -> list[Line]:
    """The page's lines as they are read; turned text comes last, a line for each run."""
    columns = _columns(_fragments([run for run in runs if run.upright]), _MAX_COLUMN_SPLITS)
    lines = [line for number, column in enumerate(columns) for line in _lines(column, number)]
    turned = [run for run in runs if not run.upright]
    return lines + [_line([run], len(lines) + number) for number, run in enumerate(turned)]


def _fragments(runs: Sequence[Run]) -> list[Run]:
    """Join runs that stand next to each other; columns and table cells stay apart."""
    return [_joined(stretch) for row in _rows(runs) for stretch in _stretches(row, _FRAGMENT_GAP_EM)]


def _rows(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Group runs that stand on one line, from top to bottom; the runs of a row from left to right."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (run.top + run.bottom) / 2):
        row = next((row for row in reversed(rows[-_OPEN_ROWS:]) if _fits(run, row)), None)
        if row is None:
            rows.append([run])
        else:
            row.append(run)
    for row in rows:
        yield sorted(row, key=lambda run: run.left)


def _fits(run: Run, row: Sequence[Run]) -> bool:
    """Whether a run stands on the line of `row`, and not above or below a part of it."""
    tallest = max(row, key=_height)
    overlap = min(tallest.bottom, run.bottom) - max(tallest.top, run.top)
    if overlap <= _SAME_LINE_OVERLAP * min(_height(tallest), _height(run)):
        return False
    return not any(
        min(run.right, other.right) - max(run.left, other.left) > _SAME_PLACE_EM * run.size and run.text != other.text
        for other in row
    )


def _height(run: Run) -> float:
    return run.bottom - run.top


def _stretches(row: Sequence[Run], gap_em: float) -> Iterator[list[Run]]:
    """Cut a row where gaps are wider than `gap_em`."""
    stretch: list[Run] = []
    for run in row:
        if any(run.text == other.text and abs(run.left - other.left) < 0.2 * run.size for other in stretch[-3:]):
            continue  # drawn twice, for a shadow or to look bold
        if stretch and run.left - max(other.right for other in stretch) > gap_em * max(run.size, stretch[-1].size):
            yield stretch
            stretch = []
        stretch.append(run)
    if stretch:
        yield stretch


def _joined(runs: Sequence[Run]) -> Run:
    text = runs[0].text
    for previous, run in pairwise(runs):
        text += (" " if run.left - previous.right > _SPACE_EM * max(run.size, previous.size) else "") + run.text
    main = max(runs, key=lambda run: len(run.text))
    return replace(
        main,
        text=text,
        left=min(run.left for run in runs),
        top=min(run.top for run in runs),
        right=max(run.right for run in runs),
        bottom=max(run.bottom for run in runs),
        bold=all(run.bold for run in runs if any(map(str.isalnum, run.text))),
    )


def _columns(fragments: Sequence[Run], splits_left: int) -> Iterator[list[Run]]:
    """Stretches of the page to read one after the other, each of one column."""
    gutter = _gutter(fragments) if splits_left else None
    if gutter is None:
        yield list(fragments)
        return
    rows = list(_rows(fragments))
    crossing = [row for row in rows if any(_side(run, gutter) is None for run in row)]
    beside = [run for row in rows if row not in crossing for run in row]
    # Whatever reaches across the gutter divides the page into bands; each band is read column by column.
    floors = [max(run.bottom for run in row) for row in crossing]
    for number in range(len(crossing) + 1):
        ceiling = floors[number - 1] if number else float("-inf")
        floor = floors[number] if number < len(floors) else float("inf")
        band = [run for run in beside if ceiling <= (run.top + run.bottom) / 2 < floor]
        for side in ("left", "right"):
            if column := [run for run in band if _side(run, gutter) == side]:
                yield from _columns(column, splits_left - 1)
        if number < len(crossing):
            yield crossing[number]


def _side(run: Run, gutter: float) -> Literal["left", "right"] | None:
    """On which side of the gutter a run stands; None where it reaches across."""
    slack = _SIDE_SLACK_EM * run.size
    if run.right <= gutter + slack:
        return "left"
    return "right" if run.left >= gutter - slack else None


def _gutter(fragments: Sequence[Run]) -> float | None:
    """Where the page parts into columns of text; None where it does not, or where the columns are a table's."""
    if len(fragments) < 2 * _MIN_COLUMN_LINES:
        return None
    start, end = min(run.left for run in fragments), max(run.right for run in fragments)
    lefts = Counter(round(run.left / 3) * 3 for run in fragments)
    best: tuple[int, float] | None = None
    for left, count in lefts.items():
        gutter = left - 2.5
        if count < _MIN_COLUMN_LINES or not start + 0.15 * (end - start) < gutter < end - 0.15 * (end - start):
            continue
        before = [run for run in fragments if _side(run, gutter) == "left"]
        after = [run for run in fragments if _side(run, gutter) == "right"]
        crossing = len(fragments) - len(before) - len(after)
        if (
            crossing <= _MAX_CROSSING_SHARE * len(fragments)
            and _is_column_text(before, gutter - start)
            and _is_column_text(after, end - gutter)
            and _stand_side_by_side(before, after)
            and (best is None or crossing < best[0])
        ):
            best = crossing, gutter
    return best[1] if best else None


def _is_column_text(runs: Sequence[Run], width: float) -> bool:
    """Whether `runs` are lines of running text that fill a column, unlike the cells of a table."""
    return (
        len(runs) >= _MIN_COLUMN_LINES
        and statistics.median(len(run.text) for run in runs) >= _MIN_COLUMN_CHARS
        and statistics.median(run.right - run.left for run in runs) >= _MIN_COLUMN_FILL * width
    )


def _stand_side_by_side(one: Sequence[Run], other: Sequence[Run]) -> bool:
    """Whether the shorter of two columns stands mostly beside the other, not above or below it."""
    tops = [min(run.top for run in runs) for runs in (one, other)]
    bottoms = [max(run.bottom for run in runs) for runs in (one, other)]
    shorter = min(bottoms[0] - tops[0], bottoms[1] - tops[1])
    return min(bottoms) - max(tops) >= 0.5 * shorter


def _lines(fragments: Sequence[Run], column: int) -> Iterator[Line]:
    for row in _rows(fragments):
        yield _line(row, column)


def _line(row: Sequence[Run], column: int) -> Line:
    cells = [_joined(stretch) for stretch in _stretches(row, _CELL_GAP_EM)]
    main = max(cells, key=lambda cell: len(cell.text))
    return Line(
        cells=tuple(_merged_labels([Cell(text=cell.text, left=cell.left, right=cell.right) for cell in cells])),
        left=min(cell.left for cell in cells),
        top=min(cell.top for cell in cells),
        right=max(cell.right for cell in cells),
        bottom=max(cell.bottom for cell in cells),
        size=main.size,
        bold=all(cell.bold for cell in cells),
        upright=main.upright,
        column=column,
    )


def _merged_labels(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Cells, with a bullet or number and the text behind it as one, and dot leaders with what they lead to."""
    waiting: Cell | None = None
    for number, cell in enumerate(cells):
        if waiting is None:
            waiting = cell
        elif (number == 1 and _is_label(waiting, cells)) or _LEADER.search(waiting.text) or _LEADER.match(cell.text):
            waiting = Cell(text=f"{waiting.text} {cell.text}", left=waiting.left, right=cell.right)
        else:
            yield waiting
            waiting = cell
    if waiting is not None:
        yield waiting


def _is_label(first: Cell, cells: Sequence[Cell]) -> bool:
    """Whether `first` is a bullet, or the number of a heading or list item and not a cell of a table."""
    if _BULLET.fullmatch(first.text):
        return True
    return len(cells) == 2 and bool(_NUMBER.fullmatch(first.text)) and any(map(str.isalpha, cells[1].text))
