"""Tables in text files: CSV and TSV.

Read by the csv module rather than by unstructured, which goes through pandas: that makes 7 of "007", nothing of
"NA" and 0.123457 of 0.1234567891, and refuses a row that is longer than the first.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from ingest.elements import ParsedDocument
from ingest.parsing.convert import to_document
from ingest.parsing.encoding import decode
from ingest.parsing.errors import ParseError
from ingest.parsing.tables import TableRows, names_columns, table_bounds

_MAX_CELL_CHARS = 2**20
_DELIMITERS = ",;\t|"
_SNIFFED_ROWS = 50


def parse_sheet(data: bytes, *, name: str, delimiter: str | None = None) -> ParsedDocument:
    """Read CSV or TSV; `delimiter` None finds out whether it is a comma, semicolon, tab or bar.

    Raises:
        ParseError: the bytes are not text, or a cell is too large.
    """
    from unstructured.documents.elements import ElementMetadata, Title

    text = decode(data, name=name)
    csv.field_size_limit(_MAX_CELL_CHARS)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter or _delimiter(text)))
    except csv.Error:
        raise ParseError(
            f"“{name}” has a cell of more than a million characters: check its quotation marks, save it again and add"
            " that."
        ) from None
    elements: list[Any] = []
    if any(cell.strip() for row in rows for cell in row):
        elements = [Title(PurePosixPath(name).stem, metadata=ElementMetadata(category_depth=0)), *_elements(rows)]
    return to_document(elements)


def _elements(rows: Sequence[list[str]]) -> Iterator[Any]:
    """The table, and what stands above and below it; a file of single cells is a table of one column."""
    from unstructured.documents.elements import ElementMetadata, NarrativeText, Table

    filled = [[cell for cell in row if cell.strip()] for row in rows]
    first, end = table_bounds([len(row) for row in filled])
    if first == end:
        end = len(rows)
    yield from (NarrativeText(row[0]) for row in filled[:first] if row)
    metadata = ElementMetadata()
    marked = first < end and names_columns([*rows[first]])
    metadata.table = TableRows(rows=[[*row] for row in rows[first:end]], marked_header=marked)
    yield Table("", metadata=metadata)
    yield from (NarrativeText(row[0]) for row in filled[end:] if row)


def _delimiter(text: str) -> str:
    """The delimiter that cuts the most of the first rows into the same number of cells, of which there are most."""

    def agreement(delimiter: str) -> tuple[int, int]:
        rows = csv.reader(io.StringIO(text), delimiter=delimiter)
        widths = Counter(len(row) for row in islice(rows, _SNIFFED_ROWS) if len(row) > 1)
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        return count, width

    return max(_DELIMITERS, key=agreement)
