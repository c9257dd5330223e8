import datetime
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font

Parse = Callable[[str, bytes | str], Any]


def saved(workbook: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def workbook(*rows: tuple[Any, ...], title: str = "Leave") -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    return made


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("leave.csv", "Grade,Days\nA,25\nB,28\n"),
        ("leave.csv", "Grade;Days\r\nA;25\r\nB;28"),
        ("leave.csv", "Grade|Days\nA|25\nB|28\n"),
        ("leave.tsv", "Grade\tDays\nA\t25\nB\t28\n"),
    ],
)
def test_rows_carry_the_header_below_the_file_s_name(parse: Parse, name: str, text: str) -> None:
    shown = parse(name, text)
    assert shown.headings == [(1, "leave")]
    assert shown.rows == [("Grade | Days", None), ("A | 25", "Grade | Days"), ("B | 28", "Grade | Days")]
    assert shown.document.text == "leave\n\nGrade | Days\nA | 25\nB | 28"


def test_cells_of_a_csv_file_stand_as_they_are_written(parse: Parse) -> None:
    shown = parse("a.csv", 'Code,Land,Share\n007,NA,0.1234567891\n"a, b","two\nlines",\n1,2,3,4\n')
    assert [row for row, _ in shown.rows[1:]] == ["007 | NA | 0.1234567891", "a, b | two lines", "1 | 2 | 3 | 4"]


def test_a_title_above_a_csv_table_is_not_its_header(parse: Parse) -> None:
    shown = parse("a.csv", "Stanley Cups,,\nTeam,Location,Cups\nBlues,STL,1\n")
    assert shown.texts("paragraph") == ["Stanley Cups"]
    assert shown.rows[1] == ("Blues | STL | 1", "Team | Location | Cups")


def test_a_table_without_a_header_has_none(parse: Parse) -> None:
    assert parse("a.csv", "1,2,3\n4,5,6\n").rows == [("1 | 2 | 3", None), ("4 | 5 | 6", None)]


def test_each_sheet_is_a_page_below_its_name(parse: Parse) -> None:
    made = workbook(("Grade", "Days"), ("A", 25))
    made.create_sheet("Empty")
    made.create_sheet("Notes").append(("Ask first.",))
    shown = parse("a.xlsx", saved(made))
    assert shown.headings == [(1, "Leave"), (1, "Notes")]
    assert [element.page for element in shown.document.elements] == [1, 1, 1, 3, 3]
    assert shown.document.page_count == 3


def test_cells_of_a_workbook_read_as_people_see_them(parse: Parse) -> None:
    made = workbook(("Code", "Day", "At", "Share", "Sum", "Yes", "Land"))
    day = datetime.datetime(2026, 1, 5)
    made.active.append(("007", day, day.replace(hour=9, minute=30), 0.0534, 0.1234567891, True, "NA"))
    made.active["D2"].number_format = "0.0%"
    assert (
        parse("a.xlsx", saved(made)).rows[1][0]
        == "007 | 2026-01-05 | 2026-01-05 09:30 | 5.3% | 0.1234567891 | TRUE | NA"
    )


def test_a_merged_cell_stands_once_in_each_row_it_covers(parse: Parse) -> None:
    made = workbook(("Grade", "Year", "Days"), ("A", 2024, 25), (None, 2025, 26), ("All", None, 1))
    made.active.merge_cells("A2:A3")
    made.active.merge_cells("A4:B4")
    assert [row for row, _ in parse("a.xlsx", saved(made)).rows] == [
        "Grade | Year | Days",
        "A | 2024 | 25",
        "A | 2025 | 26",
        "All |  | 1",
    ]


def test_blank_rows_part_tables_and_single_cells_around_them_are_prose(parse: Parse) -> None:
    made = workbook(("Table 1",), ("Grade", "Days"), ("A", 25), ("As of May",), (None,), ("x", "y"))
    shown = parse("a.xlsx", saved(made))
    assert shown.texts("paragraph") == ["Table 1", "As of May"]
    assert shown.rows == [("Grade | Days", None), ("A | 25", "Grade | Days"), ("x | y", None)]


def test_a_bold_row_is_a_header(parse: Parse) -> None:
    made = workbook(("Grade", "Duty"), ("A", "writes"), ("B", "reads"))
    for cell in made.active[1]:
        cell.font = Font(bold=True)
    assert parse("a.xlsx", saved(made)).rows[1] == ("A | writes", "Grade | Duty")


def test_a_value_a_million_rows_away_costs_nothing(parse: Parse) -> None:
    made = workbook(("Grade", "Days"), ("A", 25))
    made.active["XFD1048576"] = "far"
    assert parse("a.xlsx", saved(made)).texts("paragraph") == ["far"]


def test_formulas_that_were_never_worked_out_are_noted(parse: Parse) -> None:
    notes = parse("a.xlsx", saved(workbook(("Grade", "Days"), ("A", "=5*5"), ("B", "=B2+3")))).document.notes
    assert notes == (
        "2 formulas have no saved result: open the workbook in a spreadsheet program, save it and add it again",
    )


def test_hidden_sheets_are_named_and_not_read(parse: Parse) -> None:
    made = workbook(("Grade", "Days"))
    hidden = made.create_sheet("Salaries")
    hidden.append(("secret",))
    hidden.sheet_state = "hidden"
    shown = parse("a.xlsx", saved(made))
    assert "secret" not in shown.document.text
    assert len(shown.document.notes) == 1
    assert "“Salaries”" in shown.document.notes[0]
