"""Documents into chunks: the stretches of text that are embedded, searched and cited."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import inf

from ingest.elements import Element, Kind, ParsedDocument
from ingest.plain import plain
from ingest.sentences import Span, split_sentences

_LABEL_CHARS = 200
"""Most of a heading that each chunk below it repeats."""

_LONG = 3
"""A sentence, row or line of more than this many times `max_chars` is cut all the same."""

# What speaks against a place to cut, as a share of the target length: that much further away a better one is taken.
_AFTER_ITEM = 0.1
_AFTER_SENTENCE = 0.3
_AFTER_LEAD_IN = 0.6
_LEAVES_LITTLE = 0.3
_TOO_SHORT = 1.0
_AT_PAGE_END = -0.5


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A stretch of a document's text that belongs together."""

    ordinal: int
    """From 0, in reading order."""
    text: str
    start: int
    end: int
    """Half-open span in `ParsedDocument.text`, in characters."""
    headings: tuple[str, ...] = ()
    """The headings it stands under, from the top, without markup."""
    page_starts: tuple[tuple[int, int], ...] = ()
    """Where in the document's text each of its pages begins to be in it: (place, page), in order."""
    header: str | None = None
    """The header row of its table rows, where that is not in `text`."""

    @property
    def search_text(self) -> str:
        """What is embedded and searched: headings, table header and text, without markup."""
        text = plain(self.text)
        first_lines = text.split("\n")[: len(self.headings) + 1]
        path = " > ".join(heading for heading in self.headings if heading not in first_lines)
        return "\n".join(filter(None, [path, plain(self.header or ""), text]))


@dataclass(frozen=True, slots=True)
class _Unit:
    """What no cut goes through: a heading, a sentence, a table row, a line of code."""

    start: int
    end: int
    element: Element
    path: tuple[str, ...]
    """The headings above it, itself included."""
    header_start: int | None
    """Of a table row: where the header row of its table begins."""
    leads_on: bool
    """Whether it says little without what follows: a table's header row, the line above a list, half a sentence."""

    @property
    def is_heading(self) -> bool:
        return self.element.kind == "heading"


@dataclass(frozen=True, slots=True)
class _Section:
    """Headings in a row and all that follows them up to the next one."""

    path: tuple[str, ...]
    units: list[_Unit]


def chunk_document(document: ParsedDocument, *, target_chars: int = 1000, max_chars: int = 1600) -> list[Chunk]:
    """Cut a document into chunks of about `target_chars`, in reading order.

    They do not overlap, and cover all text of the elements, which must be in order. A heading begins a
    chunk; small sections beside each other share one. No cut goes through a sentence or a table row unless it is
    longer than three times `max_chars`; only a single one of them, with its headings, exceeds `max_chars`.
    """
    target_chars = min(target_chars, max_chars)
    sections = _sections(_units(document, max_chars))
    pieces = (
        (section.path, units)
        for section in _merged(sections, target_chars // 2)
        for units in _cut(section.units, target_chars, max_chars)
    )
    return [_chunk(document, ordinal, path, units, max_chars) for ordinal, (path, units) in enumerate(pieces)]


def _units(document: ParsedDocument, max_chars: int) -> Iterator[_Unit]:
    text, elements = document.text, document.elements
    path: tuple[str, ...] = ()
    above: list[tuple[int, str]] = []
    header_start: int | None = None
    position = 0
    for element, following in zip_longest(elements, elements[1:]):
        start, end = max(element.start, position), min(element.end, len(text))
        position = max(position, end)
        if element.kind == "heading":
            above = [(depth, label) for depth, label in above if depth < element.depth]
            above.append((element.depth, _label(text[start:end])))
            path = tuple(label for _, label in above if label)
        if element.header is None:
            is_header_row = element.kind == "table-row" and following is not None and following.header is not None
            header_start = start if is_header_row else None
        for first, last in _spans(text, start, end, element.kind, max_chars):
            leads_on = header_start == start or _is_unfinished(text[last - 1], element.kind)
            yield _Unit(start=first, end=last, element=element, path=path, header_start=header_start, leads_on=leads_on)


def _is_unfinished(last_character: str, kind: Kind) -> bool:
    """Whether a list follows, or the rest of the paragraph on the next page."""
    return last_character == ":" or (kind == "paragraph" and (last_character in ",;-–" or last_character.isalnum()))


def _label(heading: str) -> str:
    label = " ".join(plain(heading).split())
    return label if len(label) <= _LABEL_CHARS else label[: _LABEL_CHARS - 1] + "…"


def _spans(text: str, start: int, end: int, kind: Kind, max_chars: int) -> Iterator[Span]:
    """What of an element no cut goes through, in order."""
    for first, last in _whole_spans(text[start:end], kind):
        if last - first <= _LONG * max_chars:
            yield start + first, start + last
        else:
            yield from _shortened(text, start + first, start + last, max_chars)


def _whole_spans(text: str, kind: Kind) -> Iterable[Span]:
    if kind == "code":
        return _lines(text)
    if kind in ("heading", "table-row"):
        return [(len(text) - len(text.lstrip()), len(text.rstrip()))] if text.strip() else []
    return split_sentences(text)


def _lines(text: str) -> Iterator[Span]:
    """The lines that are not blank, with their indentation."""
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, start + len(line.rstrip())
        start += len(line) + 1


def _shortened(text: str, start: int, end: int, most: int) -> Iterator[Span]:
    """Cut at white space, or anywhere where there is none."""
    while start < end:
        while text[start].isspace():
            start += 1
        cut = min(start + most, end)
        words = text[start:cut].rsplit(maxsplit=1)
        if cut < end and len(words) == 2:
            cut = start + len(words[0])
        yield start, cut
        start = cut


def _sections(units: Iterable[_Unit]) -> Iterator[_Section]:
    """Headings with nothing below them belong to the section that follows."""
    held: list[_Unit] = []
    for unit in units:
        if held and unit.is_heading and not held[-1].is_heading:
            yield _Section(path=held[-1].path, units=held)
            held = []
        held.append(unit)
    if held:
        yield _Section(path=held[-1].path, units=held)


def _merged(sections: Iterable[_Section], most_chars: int) -> Iterator[_Section]:
    """Put neighbours under the same parent together while they stay below `most_chars`."""
    held: list[_Section] = []
    for section in sections:
        if held and not (
            _are_siblings(held[0], section) and section.units[-1].end - held[0].units[0].start < most_chars
        ):
            yield _as_one(held)
            held = []
        held.append(section)
    if held:
        yield _as_one(held)


def _are_siblings(first: _Section, second: _Section) -> bool:
    return bool(first.path and second.path) and first.path[:-1] == second.path[:-1]


def _as_one(sections: list[_Section]) -> _Section:
    if len(sections) == 1:
        return sections[0]
    return _Section(path=sections[0].path[:-1], units=[unit for section in sections for unit in section.units])


def _cut(units: list[_Unit], target_chars: int, max_chars: int) -> Iterator[list[_Unit]]:
    first = 0
    while first < len(units):
        end = _best_end(units, first, target_chars, max_chars)
        yield units[first:end]
        first = end


def _best_end(units: list[_Unit], first: int, target_chars: int, max_chars: int) -> int:
    """Where the chunk that begins with unit `first` is best cut: before the unit with this number."""
    start = units[first].start
    least = best = _least_end(units, first, max_chars)
    best_cost = inf
    for end in range(least, len(units) + 1):
        if end > least and units[end - 1].end - start > max_chars:
            break
        cost = _cost(units, start, end, target_chars)
        if cost < best_cost:
            best, best_cost = end, cost
    return best


def _least_end(units: list[_Unit], first: int, max_chars: int) -> int:
    """No cut before this one: headings stay with the unit after them, if that is possible."""
    start, end = units[first].start, first
    while end < len(units) - 1 and units[end].is_heading and units[end].end - start <= max_chars:
        end += 1
    fits = not units[end].is_heading and units[end].end - start <= (_LONG + 1) * max_chars
    return end + 1 if fits else first + 1


def _cost(units: list[_Unit], start: int, end: int, target_chars: int) -> float:
    """How bad it is to cut before unit `end`, as a share of the target length."""
    before = units[end - 1]
    length = before.end - start
    cost = abs(length - target_chars) / target_chars
    if end == len(units):
        return cost
    following = units[end]
    if length < target_chars / 2:
        cost += _TOO_SHORT
    if units[-1].end - following.start < target_chars / 4:
        cost += _LEAVES_LITTLE
    if before.leads_on:
        cost += _AFTER_LEAD_IN
    elif before.element.page != following.element.page:
        cost += _AT_PAGE_END
    elif before.element is following.element and before.element.kind != "code":
        cost += _AFTER_SENTENCE
    elif before.element.kind in ("list-item", "table-row", "code") and following.element.kind == before.element.kind:
        cost += _AFTER_ITEM
    return cost


def _page_starts(units: Sequence[_Unit]) -> Iterator[tuple[int, int]]:
    previous = None
    for unit in units:
        page = unit.element.page
        if page is not None and page != previous:
            yield unit.start, page
            previous = page


def _chunk(document: ParsedDocument, ordinal: int, path: tuple[str, ...], units: list[_Unit], max_chars: int) -> Chunk:
    start, end = units[0].start, units[-1].end
    is_only_headings = all(unit.is_heading for unit in units)
    headers = (
        unit.element.header
        for unit in units
        if unit.element.header is not None and (unit.header_start is None or unit.header_start < start)
    )
    header = next(headers, None)
    return Chunk(
        ordinal=ordinal,
        text=document.text[start:end],
        start=start,
        end=end,
        headings=units[-1].path if is_only_headings else path,
        page_starts=tuple(_page_starts(units)),
        header=header[:max_chars] if header else None,
    )
