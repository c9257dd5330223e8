"""Plain text: the file as it is, with its headings, paragraphs and lists located in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.elements import Element, Kind, ParsedDocument
from ingest.parsing.partitioners import prepare
from ingest.parsing.spans import covering, line_spans

_RULE = re.compile(r"\s*([-=~^*+#_.`'\":])\1{2,}\s*|\s*(?:[-*_]\s+){2,}[-*_]\s*")
_BULLET = re.compile(r"\s*[-*+•‣◦▪●·–—]\s+\S")
_NUMBER = re.compile(r"\s*\(?(?:\d{1,2}|[a-z]|[ivx]{2,4})[.)]\s+\S")
_NUMBERED_HEADING = re.compile(r"(\d{1,3}(?:\.\d{1,3})*)[.)]?\s+([^\W\d_].*)")
_NAMED_HEADING = re.compile(
    r"(?:(?P<first>part|book|volume)|(?P<second>chapter|appendix|annex)|(?P<third>section|article))\s+"
    r"(?:[ivxlcdm]+|\d+|[a-z]|one|two|three|four|five|six|seven|eight|nine|ten|[a-z]+teen|the\s+\w+)\b.*",
    re.IGNORECASE,
)
_MAX_HEADING_CHARS = 80
_MAX_HEADING_WORDS = 14
_LINE_IS_PARAGRAPH_CHARS = 200
_WRAPPED_CHARS = 50
_SHORT_SHARE = 0.6


def parse_plain(text: str) -> ParsedDocument:
    """Locate the elements of `text`; together they cover every line that is not blank."""
    prepare()
    lines = line_spans(text)
    pieces = list(_pieces([text[start:end] for start, end in lines]))
    depths = _depths([piece for piece in pieces if piece.kind == "heading"])
    elements = []
    for piece in pieces:
        start = lines[piece.first][0] + piece.indentation
        end = lines[piece.last][0] + len(text[slice(*lines[piece.last])].rstrip())
        elements.append(Element(kind=_kind(piece), start=start, end=end, depth=depths.get(piece.style, 1)))
    return ParsedDocument(text=text, elements=covering(text, elements), title=_title(pieces))


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A run of lines that belong together."""

    first: int
    last: int
    """Line numbers from 0; both are part of it."""
    text: str
    indentation: int
    """White space before the first line's text, in characters."""
    kind: Kind | None
    """None leaves it to unstructured to tell paragraphs from list items."""
    style: str = ""
    """Of a heading: what it looks like; headings that look alike are of the same depth."""


def _pieces(lines: Sequence[str]) -> Iterator[_Piece]:
    blocks = list(_blocks(lines))
    for number, (first, last) in enumerate(blocks):
        neighbours = [lines[blocks[other][0]] for other in (number - 1, number + 1) if 0 <= other < len(blocks)]
        yield from _pieces_of_block(lines, first, last, neighbours)


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last line of each run of lines that are not blank."""
    first = None
    for number, line in enumerate(lines):
        if line.strip() and first is None:
            first = number
        elif not line.strip() and first is not None:
            yield first, number - 1
            first = None
    if first is not None:
        yield first, len(lines) - 1


def _pieces_of_block(lines: Sequence[str], first: int, last: int, neighbours: Sequence[str]) -> Iterator[_Piece]:
    width = _wrap_width(lines[first : last + 1])
    at = first
    while at <= last:
        if found := _underlined_heading(lines, at, last):
            end, style = found
            kind: Kind | None = "heading"
        elif _RULE.fullmatch(lines[at]):
            end, style, kind = at, "", "other"
        elif style := _heading_style(lines, at, first, last, neighbours):
            end, kind = at, "heading"
        else:
            end, kind = _paragraph_end(lines, at, last, width), None
        text = " ".join(" ".join(lines[at : end + 1]).split())
        indentation = len(lines[at]) - len(lines[at].lstrip())
        yield _Piece(first=at, last=end, text=text, indentation=indentation, kind=kind, style=style)
        at = end + 1


def _underlined_heading(lines: Sequence[str], at: int, last: int) -> tuple[int, str] | None:
    """Last line and style of a heading with a line of marks below it, and perhaps above it too."""
    over = bool(_RULE.fullmatch(lines[at]))
    title = at + over
    if title >= last or _RULE.fullmatch(lines[title]) or len(lines[title].strip()) > _MAX_HEADING_CHARS:
        return None
    rule = lines[title + 1].strip()
    if not _RULE.fullmatch(rule) or len(rule) < 0.7 * len(lines[title].strip()):
        return None
    if over and rule[0] != lines[at].strip()[0]:
        return None
    return title + 1, f"rule {rule[0]} {over}"


def _heading_style(lines: Sequence[str], at: int, first: int, last: int, neighbours: Sequence[str]) -> str:
    """How a line of its own shows that it is a heading; "" where it does not."""
    line = lines[at].strip()
    if at != first or len(line) > _MAX_HEADING_CHARS or len(line.split()) > _MAX_HEADING_WORDS or line[-1] in ".,;":
        return ""
    stands_alone = first == last
    if (numbered := _NUMBERED_HEADING.fullmatch(line)) and numbered[2][0].isupper():
        levels = numbered[1].count(".") + 1
        in_list = any(_NUMBER.match(neighbour) for neighbour in neighbours) or line[-1] in ":?!"
        if levels > 1 or (stands_alone and not in_list):
            return f"number {levels}"
    if stands_alone and (named := _NAMED_HEADING.fullmatch(line)):
        return f"named {named.lastgroup}"
    is_capitals = line.isupper() and sum(letter.isalpha() for letter in line) > 3
    if is_capitals and not _BULLET.match(line) and (stands_alone or not lines[at + 1].isupper()):
        return "capitals"
    return ""


def _paragraph_end(lines: Sequence[str], at: int, last: int, width: float) -> int:
    """The last line of the paragraph or list item that begins at line `at`."""
    in_item = bool(_BULLET.match(lines[at]) or _NUMBER.match(lines[at]))
    end = at
    while end < last:
        line, following = lines[end], lines[end + 1]
        if _BULLET.match(following) or _RULE.fullmatch(following) or _underlined_heading(lines, end + 1, last):
            break
        if _NUMBER.match(following) and (in_item or line.rstrip().endswith((":", "."))):
            break
        if width and (width > _LINE_IS_PARAGRAPH_CHARS or len(line.rstrip()) < _SHORT_SHARE * width):
            break
        end += 1
    return end


def _wrap_width(block: Sequence[str]) -> float:
    """Where the lines of a block are wrapped, in characters; 0 where they are too few or too short to tell."""
    if len(block) < 4:
        return 0
    width = sorted(len(line.rstrip()) for line in block)[int(0.7 * len(block))]
    return width if width >= _WRAPPED_CHARS else 0


def _depths(headings: Sequence[_Piece]) -> dict[str, int]:
    """Depth for each style of heading: ruled ones as they come, others by number or name; none is left out."""
    styles = list(dict.fromkeys(heading.style for heading in headings))
    ruled = [style for style in styles if style.startswith("rule")]
    levels: dict[str, int] = {style: rank for rank, style in enumerate(ruled, start=1)}
    named = {"named first": 1, "named second": 2, "named third": 3, "capitals": 1}
    for style in styles:
        if style not in levels:
            levels[style] = named.get(style) or int(style.split()[1])
    used = sorted(set(levels.values()))
    return {style: used.index(level) + 1 for style, level in levels.items()}


def _kind(piece: _Piece) -> Kind:
    from unstructured.partition.text_type import is_bulleted_text, is_possible_numbered_list

    if piece.kind is not None:
        return piece.kind
    # The rules of `partition_text`, which would go on to look for addresses and narrative in each paragraph.
    is_item = is_bulleted_text(piece.text) or is_possible_numbered_list(piece.text)
    return "list-item" if is_item else "paragraph"


def _title(pieces: Sequence[_Piece]) -> str | None:
    """The heading that the file begins with."""
    if not pieces or pieces[0].kind != "heading":
        return None
    return re.sub(r"^\W{3,}\s+|\s+\W{3,}$", "", pieces[0].text)
