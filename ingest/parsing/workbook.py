"""Excel workbooks: every visible sheet, its cells as people see them.

Read by openpyxl rather than by unstructured, which goes through pandas: that makes 7 of "007", nothing of "NA",
0.123457 of 0.1234567891, and knows no merged cells.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

from ingest.elements import ParsedDocument
from ingest.parsing.convert import to_document
from ingest.parsing.tables import TableRows, table_bounds

_FORMULA_WITHOUT_RESULT = re.compile(rb"</f>\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


def parse_workbook(path: Path) -> ParsedDocument:
    """Read a workbook; of formulas, the values that were last saved for them."""
    import openpyxl  # type: ignore[import-untyped]

    # As an open file: by its path openpyxl would refuse one whose name has another ending.
    with path.open("rb") as file:
        workbook = openpyxl.load_workbook(file, data_only=True)
        notes = list(_notes_on_formulas(file))
    elements: list[Any] = []
    for number, sheet in enumerate(workbook.worksheets, start=1):
        if sheet.sheet_state == "visible":
            elements += _sheet_elements(sheet, number)
        else:
            notes.append(f"the hidden sheet “{sheet.title}” was not read: show it, save the workbook and add it again")
    return to_document(elements, page_count=len(workbook.worksheets), notes=notes)


def _notes_on_formulas(file: BinaryIO) -> Iterator[str]:
    """Programs that write workbooks without being a spreadsheet save no results, and openpyxl shows none."""
    with zipfile.ZipFile(file) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    if count := sum(len(_FORMULA_WITHOUT_RESULT.findall(sheet)) for sheet in sheets):
        formulas = "a formula has" if count == 1 else f"{count} formulas have"
        yield f"{formulas} no saved result: open the workbook in a spreadsheet program, save it and add it again"


def _sheet_elements(sheet: Any, page: int) -> Iterator[Any]:
    """The sheet's name as a heading, then its tables and what stands above and below them."""
    from unstructured.documents.elements import ElementMetadata, NarrativeText, Table, Title

    cells = _filled_cells(sheet)
    if cells:
        yield Title(sheet.title, metadata=ElementMetadata(page_number=page, category_depth=0))
    for block in _blocks(sorted(cells)):
        first, end = table_bounds([len(cells[row]) for row in block])
        for number, row in enumerate(block):
            if not first <= number < end:
                yield NarrativeText(next(iter(cells[row].values())), metadata=ElementMetadata(page_number=page))
            elif number == first:
                metadata = ElementMetadata(page_number=page)
                metadata.table = _table(sheet, cells, block[first:end])
                yield Table("", metadata=metadata)


def _filled_cells(sheet: Any) -> dict[int, dict[int, str]]:
    """Text by row and column, where there is any; a merged cell in its first column of each of its rows."""
    cells: dict[int, dict[int, str]] = {}
    # iter_rows() would make a cell for every place up to the last row and column, which may be a million rows off.
    for (row, column), cell in sorted(sheet._cells.items()):
        if text := _cell_text(cell):
            cells.setdefault(row, {})[column] = text
    for merged in sheet.merged_cells.ranges:
        if shown := cells.get(merged.min_row, {}).get(merged.min_col):
            for row in [row for row in cells if merged.min_row < row <= merged.max_row]:
                cells[row] = dict(sorted([*cells[row].items(), (merged.min_col, shown)]))
    return cells


def _blocks(rows: Sequence[int]) -> Iterator[list[int]]:
    """Runs of rows without an empty one between them."""
    block: list[int] = []
    for row in rows:
        if block and row > block[-1] + 1:
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def _table(sheet: Any, cells: dict[int, dict[int, str]], rows: Sequence[int]) -> TableRows:
    columns = sorted({column for row in rows for column in cells[row]})
    is_bold = all(sheet.cell(rows[0], column).font.b for column in cells[rows[0]])
    return TableRows(
        rows=[[cells[row].get(column, "") for column in columns] for row in rows],
        marked_header=is_bold and len(cells[rows[0]]) > 1,
    )


def _cell_text(cell: Any) -> str:
    match cell.value:
        case None:
            return ""
        case bool(value):
            return "TRUE" if value else "FALSE"
        case int(value) | float(value):
            return _number_text(value, cell.number_format or "")
        case datetime() as moment:
            return moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ", "minutes")
        case date() as day:
            return day.isoformat()
        case time() as moment:
            return moment.isoformat("minutes")
        case other:
            return " ".join(str(other).split())


def _number_text(value: float, number_format: str) -> str:
    """All digits that Excel keeps; a share as the percentage that people see."""
    if number_format.endswith("%"):
        decimals = len(number_format.partition(".")[2].rstrip("%"))
        return f"{value:.{decimals}%}"
    return str(value) if isinstance(value, int) else f"{value:.15g}"
