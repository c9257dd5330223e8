"""Text of a PDF page with its places, as runs of characters that stand next to each other."""

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ingest.parsing.characters import strip_controls

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_HYPHEN_AT_LINE_END = 0x02
"""What PDFium makes of a hyphen that it takes for a division of a word."""
_SOFT_HYPHEN = 0xAD
_MAX_GAP_EM = 1.0
_MIN_SPACE_EM = 0.08
_MIN_OVERLAP = 0.4
_BOLD_WEIGHT = 600
_BOLD_NAMES = ("bold", "black", "heavy", "demi")
_SAMPLED_CHARACTERS = 200
_QUARTER_TURN = math.pi / 2

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom: points from a top left corner."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """Characters next to each other on one line."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    """Points from the top left corner of the page as its text is read; see `PageText.shown`."""
    size: float
    """Of the font, in points, as it stands on the page."""
    bold: bool = False
    upright: bool = True


@dataclass(frozen=True, kw_only=True)
class PageText:
    """The runs of a page, in the order in which they were drawn."""

    number: int
    width: float
    height: float
    """In points, as the page is shown."""
    runs: list[Run]
    quarter_turns: int
    """How far the page as shown must be turned clockwise for most of its text to be upright."""
    is_blank: bool
    """Whether nothing at all is drawn on it."""

    @property
    def read_height(self) -> float:
        """Height when its text is upright, in points."""
        return self.width if self.quarter_turns % 2 else self.height

    def shown(self, rectangle: Rectangle) -> Rectangle:
        """A rectangle of the page as its text is read, on the page as shown."""
        left, top, right, bottom = rectangle
        match self.quarter_turns:
            case 1:
                return top, self.height - right, bottom, self.height - left
            case 2:
                return self.width - right, self.height - bottom, self.width - left, self.height - top
            case 3:
                return self.width - bottom, left, self.width - top, right
            case _:
                return rectangle


def page_text(page: Any, number: int) -> PageText:
    """Read a page of pypdfium2."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    textpage = page.get_textpage()
    try:
        upright_turns = _upright_turns(textpage.raw)
        left, bottom, right, top = page.get_bbox()
        placement = _Placement(left=left, bottom=bottom, right=right, top=top, quarter_turns=upright_turns)
        runs = [run for run in _runs(textpage.raw, placement) if placement.shows(run)]
    finally:
        textpage.close()
    return PageText(
        number=number,
        width=width,
        height=height,
        runs=runs,
        quarter_turns=(upright_turns - page.get_rotation() // 90) % 4,
        is_blank=not runs and pdfium.FPDFPage_CountObjects(page.raw) == 0,
    )


@dataclass(frozen=True, kw_only=True)
class _Placement:
    """How a page's own coordinates (unrotated, from the bottom left) become those in which its text is upright."""

    left: float
    bottom: float
    right: float
    top: float
    quarter_turns: int
    """Clockwise."""

    def read(self, left: float, bottom: float, right: float, top: float) -> Rectangle:
        """A rectangle as it stands on the page when its text is upright."""
        match self.quarter_turns:
            case 1:
                return bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
            case 2:
                return self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
            case 3:
                return self.top - top, self.right - right, self.top - bottom, self.right - left
            case _:
                return left - self.left, self.top - top, right - self.left, self.top - bottom

    def shows(self, run: Run) -> bool:
        """Whether the middle of a run is on the page; what a spread holds for its other page is cropped away."""
        width, height = self.right - self.left, self.top - self.bottom
        if self.quarter_turns % 2:
            width, height = height, width
        return 0 <= (run.left + run.right) / 2 <= width and 0 <= (run.top + run.bottom) / 2 <= height


def _upright_turns(textpage: Any) -> int:
    """Quarter turns clockwise that make most of the text upright."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(textpage)
    indices = range(0, count, max(count // _SAMPLED_CHARACTERS, 1))
    drawn = [index for index in indices if not pdfium.FPDFText_IsGenerated(textpage, index)]
    turns = Counter(-_turns_of(pdfium.FPDFText_GetCharAngle(textpage, index)) % 4 for index in drawn)
    return turns.most_common(1)[0][0] if turns else 0


def _turns_of(angle: float) -> int:
    """An angle in radians, which PDFium counts clockwise, as whole quarter turns."""
    return round(angle / _QUARTER_TURN) % 4


@dataclass(kw_only=True)
class _OpenRun:
    """A run that the next character may still join."""

    size: float
    turns: int
    characters: list[str] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    """PDFium's numbers of the characters that are drawn; those that it generates have no font."""
    boxes: list[Rectangle] = field(default_factory=list)

    def takes(self, box: Rectangle, turns: int) -> bool:
        """Whether a character in `box` goes on with this run."""
        if turns or self.turns:
            return turns == self.turns  # the lines of turned text are told apart by PDFium alone
        left, top, right, bottom = self.boxes[-1]
        if min(bottom, box[3]) - max(top, box[1]) < _MIN_OVERLAP * min(bottom - top, box[3] - box[1]):
            return False
        slack, gap = 0.2 * self.size, _MAX_GAP_EM * self.size
        goes_right = box[0] >= left - slack and box[0] - right <= gap
        goes_left = box[2] <= right + slack and left - box[2] <= gap
        return goes_right or goes_left

    def add(self, index: int, character: str, box: Rectangle) -> None:
        """Append a character."""
        self.characters.append(character)
        self.indices.append(index)
        self.boxes.append(box)


def _runs(textpage: Any, placement: _Placement) -> Iterator[Run]:
    """Cut the characters into runs: at line ends, at wide gaps, and where text goes on elsewhere."""
    import pypdfium2.raw as pdfium

    loose = pdfium.FS_RECTF()
    run: _OpenRun | None = None
    guessed_space = False
    for index in range(pdfium.FPDFText_CountChars(textpage)):
        character = _character(pdfium.FPDFText_GetUnicode(textpage, index))
        if character == " " and run is not None:
            guessed_space = bool(pdfium.FPDFText_IsGenerated(textpage, index))
            run.characters.append(character)
        if character == "\n" and run is not None:
            yield from _closed(textpage, run)
            run = None
        if character in ("", " ", "\n") or not pdfium.FPDFText_GetLooseCharBox(textpage, index, loose):
            continue
        box = placement.read(loose.left, loose.bottom, loose.right, loose.top)
        angle = pdfium.FPDFText_GetCharAngle(textpage, index)
        turns = (_turns_of(angle) + placement.quarter_turns) % 4
        if run is not None and not run.takes(box, turns):
            yield from _closed(textpage, run)
            run = None
        if run is None:
            run = _OpenRun(size=_font_size(textpage, index), turns=turns)
        elif guessed_space and run.characters[-1] == " " and abs(box[0] - run.boxes[-1][2]) < _MIN_SPACE_EM * run.size:
            run.characters.pop()  # PDFium sees spaces where letters are drawn twice to look bold
        run.add(index, character, box)
    if run is not None:
        yield from _closed(textpage, run)


@lru_cache(maxsize=4096)
def _character(code: int) -> str:
    if code in (_HYPHEN_AT_LINE_END, _SOFT_HYPHEN):
        return "-"
    if code in (0x0A, 0x0D):
        return "\n"
    character = chr(code) if 0 < code < 0x110000 else ""
    return " " if character.isspace() else strip_controls(character).translate(_LIGATURES)


def _closed(textpage: Any, run: _OpenRun) -> Iterator[Run]:
    text = " ".join("".join(run.characters).split())
    lefts, tops, rights, bottoms = zip(*run.boxes, strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    if text and right > left and bottom > top:
        yield Run(
            text=text,
            left=left,
            top=top,
            right=right,
            bottom=bottom,
            size=_font_size(textpage, run.indices[len(run.indices) // 2]),
            bold=_is_bold(textpage, run.indices[0]) and _is_bold(textpage, run.indices[-1]),
            upright=run.turns == 0,
        )


def _font_size(textpage: Any, index: int) -> float:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(textpage, index, matrix)
    scale = math.hypot(matrix.c, matrix.d)
    return max(round(float(pdfium.FPDFText_GetFontSize(textpage, index)) * (scale or 1), 1), 1.0)


def _is_bold(textpage: Any, index: int) -> bool:
    import pypdfium2.raw as pdfium

    if pdfium.FPDFText_GetFontWeight(textpage, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(textpage, index, name, len(name), ctypes.c_int())
    return any(bold in name.value.decode("latin-1").lower() for bold in _BOLD_NAMES)
