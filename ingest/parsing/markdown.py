"""Markdown: the file as it is, with its elements located in it."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.elements import Element, ParsedDocument
from ingest.parsing.convert import kind_of
from ingest.parsing.markup import MARK
from ingest.parsing.partitioners import NO_LANGUAGE_DETECTION, prepare
from ingest.parsing.spans import covering, line_spans, trimmed
from ingest.parsing.tables import row_line

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(
    r"(---|\+\+\+)[ \t]*\n(?=(?:\s*#.*\n)*\s*[\w\"'.-]+[ \t]*[:=])(?:.*\n)*?(?:\1|\.\.\.)[ \t]*(?=\n|\Z)"
)
_FRONT_MATTER_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*([\"']?)(.+?)\1[ \t]*$", re.MULTILINE)
_TELLING_CHARS = 100
"""How much of a block's start tells what it is."""
_INLINE_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|!?\[([^\]]*)\]\[[^\]]*\]|<[^<>]+>|[*`]+|\{#[^{}]*\}|\s#+$")


def parse_markdown(text: str) -> ParsedDocument:
    """Locate the elements of `text`; together they cover every line that is not blank.

    markdown-it finds the blocks and their lines, unstructured says what each of them is. (unstructured's own
    `partition_md` forgets the lines, and sees no list where no blank line stands before it.)
    """
    front_matter = _FRONT_MATTER.match(text)
    front_end = front_matter.end() if front_matter else 0
    # The front matter's lines stay, empty, so that line numbers are those of the file.
    blocks = list(_blocks("\n" * text.count("\n", 0, front_end) + text[front_end:]))
    elements = list(_located(text, blocks, _partitioned(blocks)))
    return ParsedDocument(text=text, elements=covering(text, elements), title=_title(text[:front_end], blocks))


@dataclass(frozen=True, kw_only=True)
class _Block:
    """A block without blocks in it."""

    tag: str
    """The HTML element that it is: h1 to h6, p, li, pre, table."""
    first: int
    end: int
    """Half-open range of lines from 0."""
    content: str
    header: str | None = None
    """Of a table: its header row."""


def _blocks(text: str) -> Iterator[_Block]:
    from markdown_it import MarkdownIt

    # What is inside the lines does not matter here, and is the slow and fragile part of Markdown.
    tokens = MarkdownIt("commonmark").enable("table").disable("inline").parse(text)
    for number, token in enumerate(tokens):
        if token.map is None:
            continue
        tag, content, header = token.tag, token.content, None
        if token.type == "paragraph_open" and number and tokens[number - 1].type == "list_item_open":
            tag = "li"
        if token.type in ("paragraph_open", "heading_open"):
            content = tokens[number + 1].content
        elif token.type in ("fence", "code_block"):
            tag = "pre"
        elif token.type == "table_open":
            header = row_line(_header_cells(tokens, number))
            content = header or "-"
        else:
            continue
        yield _Block(tag=tag, first=token.map[0], end=token.map[1], content=content, header=header)


def _header_cells(tokens: Sequence["Token"], table: int) -> list[str | None]:
    end = next(number for number in range(table, len(tokens)) if tokens[number].type == "thead_close")
    return [tokens[number + 1].content for number in range(table, end) if tokens[number].type == "th_open"]


def _partitioned(blocks: Sequence[_Block]) -> dict[int, Any]:
    """unstructured's element for the block with each number."""
    prepare()
    from unstructured.partition.html import partition_html

    page = "\n".join(_as_html(block, number) for number, block in enumerate(blocks))
    elements = partition_html(text=page, **NO_LANGUAGE_DETECTION) if blocks else []
    return {element.metadata.page_number: element for element in elements}


def _as_html(block: _Block, number: int) -> str:
    content = html.escape(block.content[:_TELLING_CHARS])
    if block.tag == "table":
        content = f"<tr><td>{content}</td></tr>"
    return f'<{block.tag} {MARK}="{number}">{content}</{block.tag}>'


def _located(text: str, blocks: Sequence[_Block], found: dict[int, Any]) -> Iterator[Element]:
    lines = line_spans(text)
    for number, block in enumerate(blocks):
        if block.header is not None:
            yield from _located_rows(text, lines, block)
            continue
        start, end = trimmed(text, lines[block.first][0], lines[block.end - 1][1])
        if number in found and start < end:
            kind, depth = kind_of(found[number])
            yield Element(kind=kind, start=start, end=end, depth=depth)


def _located_rows(text: str, lines: Sequence[tuple[int, int]], table: _Block) -> Iterator[Element]:
    """The header with the line of dashes below it, and each row with the header."""
    start, end = trimmed(text, lines[table.first][0], lines[table.first + 1][1])
    yield Element(kind="table-row", start=start, end=end)
    for line in range(table.first + 2, table.end):
        start, end = trimmed(text, *lines[line])
        yield Element(kind="table-row", start=start, end=end, header=table.header)


def _title(front_matter: str, blocks: Sequence[_Block]) -> str | None:
    if named := _FRONT_MATTER_TITLE.search(front_matter):
        return named[2]
    headings = [block for block in blocks if block.tag.startswith("h")]
    first = min(headings, key=lambda heading: heading.tag, default=None)
    return " ".join(_INLINE_MARKUP.sub(r"\1\2", first.content).split()) or None if first else None
