from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.events import Source
from assistant.quoting.candidates import candidates_of

MakeSource = Callable[..., Source]

FEES = """| Length | Six months | One week |
|---|---|---|
| Up to 20 feet | £191 | £38 |
| 21 to 35 feet | £314 | £52 |"""


def test_rows_come_with_the_header_of_their_table_which_is_not_quoted_itself(source: MakeSource) -> None:
    rows = candidates_of([source(f"Fees are by length.\n\n{FEES}")])
    assert [(row.text, row.header) for row in rows] == [
        ("Fees are by length.", ""),
        ("Up to 20 feet | £191 | £38", "Length | Six months | One week"),
        ("21 to 35 feet | £314 | £52", "Length | Six months | One week"),
    ]


def test_a_table_that_goes_on_from_another_passage_keeps_its_header(source: MakeSource) -> None:
    (first, *_) = candidates_of([source("Moorhen | Flat | Yard\nGrebe | Tug | Yard", header="| Name | Kind | Base |")])
    assert (first.text, first.header) == ("Moorhen | Flat | Yard", "Name | Kind | Base")


def test_a_row_is_embedded_with_the_name_of_each_column(source: MakeSource) -> None:
    (row,) = candidates_of([source("Moorhen | Flat | Yard", headings=("Boats",), header="| Name | Kind | Base |")])
    assert row.in_context == "Boats: Name: Moorhen, Kind: Flat, Base: Yard"


def test_a_row_of_other_columns_than_its_header_is_embedded_below_it(source: MakeSource) -> None:
    (row,) = candidates_of([source("Moorhen | Yard", headings=("Boats",), header="Name | Kind | Base")])
    assert row.in_context == "Boats – Name | Kind | Base: Moorhen | Yard"


def test_the_first_of_two_columns_is_no_header(source: MakeSource) -> None:
    found = candidates_of([source("September | Drills\nOctober | Moorings on sale\n")])
    assert [candidate.text for candidate in found] == ["September | Drills", "October | Moorings on sale"]


def test_a_sentence_after_a_table_has_no_header(source: MakeSource) -> None:
    *_, last = candidates_of([source(f"{FEES}\n\nCanoes pay £46.")])
    assert (last.text, last.header) == ("Canoes pay £46.", "")


def test_a_short_line_above_sentences_is_their_heading_and_not_quoted(source: MakeSource) -> None:
    found = candidates_of([source("Lost receipts\n\nWrite a line. Your manager signs it.", headings=("Claiming",))])
    assert [(candidate.text, candidate.heading) for candidate in found] == [
        ("Write a line.", "Lost receipts"),
        ("Your manager signs it.", "Lost receipts"),
    ]


def test_sentences_of_other_scripts_are_quoted_and_no_headings(source: MakeSource) -> None:
    text = "北京是首都。上海很大。那里有什么？\n\nयह राजधानी है। वहाँ जाओ।"
    found = [candidate.text for candidate in candidates_of([source(text)])]
    assert found == ["北京是首都。", "上海很大。", "那里有什么？", "यह राजधानी है।", "वहाँ जाओ।"]


@pytest.mark.parametrize("line", ["Deepest lock: number 12", "31 miles, 24 locks", "Wet part: bring a towel"])
def test_an_item_that_says_something_is_no_heading(source: MakeSource, line: str) -> None:
    assert line in [candidate.text for candidate in candidates_of([source(f"{line}\n\nThat is all.")])]


def test_the_passages_own_headings_are_not_quoted(source: MakeSource) -> None:
    (only,) = candidates_of([source("## Dogs\n\nDogs travel in the back.", headings=("Vehicles", "Dogs"))])
    assert (only.text, only.heading) == ("Dogs travel in the back.", "Dogs")


def test_candidates_know_the_rank_of_their_passage(source: MakeSource) -> None:
    found = candidates_of([source("One. Two.", n=4), source("Three.", n=2)])
    assert [(candidate.text, candidate.rank, candidate.source.n) for candidate in found] == [
        ("One.", 0, 4),
        ("Two.", 0, 4),
        ("Three.", 1, 2),
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="ab .?!|:\n-#*1£", max_size=200))
def test_spans_lie_in_the_passage_in_order(source: MakeSource, text: str) -> None:
    spans = [(candidate.start - 100, candidate.end - 100) for candidate in candidates_of([source(text)])]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
