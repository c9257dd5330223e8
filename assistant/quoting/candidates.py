"""What can be quoted: the sentences and table rows of passages, each with what it stands under."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from assistant.events import Source
from ingest.plain import plain
from ingest.sentences import split_sentences

_CELL_END = " | "
_MOST_TITLE_WORDS = 8
_FEWEST_COLUMNS = 3
"""Of a table whose first row is taken for its header: of two columns, the left one says what each row is about."""

_STOPPED = re.compile(r"[.!?…:;,。．！？：；，।॥။។៕؟۔؛،][\"'’”」』)）\]]*$")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A sentence or a table row of a passage."""

    source: Source
    rank: int
    """Of its passage, from 0."""
    start: int
    end: int
    """Half-open span in the document's text."""
    text: str
    """As people read it: without markup."""
    heading: str
    header: str
    """The header row of its table; empty for a sentence."""

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table, which says nothing about the rows beside it."""
        return _CELL_END in self.text

    @property
    def cells(self) -> list[str]:
        """Of a row; a sentence is one cell."""
        return self.text.split(_CELL_END)

    @property
    def in_context(self) -> str:
        """What is embedded: a sentence below its heading; of a row, each cell with the name of its column."""
        columns = self.header.strip("| ").split(_CELL_END)
        named = len(columns) == len(self.cells)
        text = ", ".join(map(_named_cell, columns, self.cells)) if named else self.text
        above = " – ".join(filter(None, [self.heading, "" if named else self.header]))
        return f"{above}: {text}" if above else text


def _named_cell(column: str, cell: str) -> str:
    return f"{column}: {cell}" if column else cell


def candidates_of(sources: Iterable[Source]) -> list[Candidate]:
    """All candidates of the passages (best first), in reading order within each; headings are none."""
    return [candidate for rank, source in enumerate(sources) for candidate in _of_passage(rank, source)]


def _of_passage(rank: int, source: Source) -> Iterator[Candidate]:
    passage = source.passage
    heading = passage.headings[-1] if passage.headings else ""
    header = plain(passage.header or "")
    units = [*_units(source), None]
    previous = ""
    for unit, following in pairwise(units):
        assert unit is not None
        start, end, text = unit
        next_text = following[2] if following else ""
        if _CELL_END not in text:
            header = ""
        if _is_title(text, next_text):
            heading = text
        elif not header and _is_header_row(text, previous, next_text):
            header = text
        else:
            yield Candidate(
                source=source,
                rank=rank,
                start=passage.start + start,
                end=passage.start + end,
                text=text,
                heading=heading,
                header=header,
            )
        previous = text


def _units(source: Source) -> Iterator[tuple[int, int, str]]:
    """Span in the passage and text of each sentence and row that is not one of the passage's own headings."""
    passage = source.passage
    for start, end in split_sentences(passage.text):
        text = plain(passage.text[start:end])
        if text and text not in passage.headings:
            yield start, end, text


def _is_title(text: str, following: str) -> bool:
    """Whether a line is a heading that begins no passage of its own: short, without a stop, above a sentence."""
    return (
        len(text.split()) <= _MOST_TITLE_WORDS
        and not _STOPPED.search(text)
        and ":" not in text
        and _CELL_END not in text
        and not _holds_digit(text)
        and _CELL_END not in following
        and bool(_STOPPED.search(following))
    )


def _is_header_row(text: str, previous: str, following: str) -> bool:
    """Whether a row names the columns of those below it: the first of its table, and without any figure."""
    return (
        text.count(_CELL_END) >= _FEWEST_COLUMNS - 1
        and _CELL_END in following
        and _CELL_END not in previous
        and not _holds_digit(text)
    )


def _holds_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)
