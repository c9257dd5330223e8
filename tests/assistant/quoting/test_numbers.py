from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.events import Source
from assistant.quoting.candidates import Candidate, candidates_of
from assistant.quoting.numbers import bands, number_terms, stated, values

MakeSource = Callable[..., Source]


@pytest.fixture
def candidate(source: MakeSource) -> Callable[[str], Candidate]:
    def make(text: str) -> Candidate:
        (only,) = candidates_of([source(text)])
        return only

    return make


MakeCandidate = Callable[[str], Candidate]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("After 1,000 hours", {1000}),
        ("a thousand hours", {1000}),
        ("about five thousand pounds", {5000}),
        ("twenty-five people", {25}),
        ("£7.50 a day", {7.5}),
        ("2.5 million tickets", {2_500_000}),
        ("a 42-foot boat", {42}),
        ("none at all, someone said", set()),
        ("lock 16 and lock 7", {16, 7}),
    ],
)
def test_numbers_are_read_in_figures_and_in_words(text: str, expected: set[float]) -> None:
    assert values(text) == expected


@given(st.integers(0, 10**9))
def test_a_number_with_separators_is_the_same_number(number: int) -> None:
    assert values(f"It holds {number:,} gallons.") == values(f"It holds {number} gallons.") == {number}


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    assert all(value >= 0 for value in values(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6 to 9 | 29 | 209", [(6, 9)]),
        ("£1,500–£12,000 | Head of team", [(1500, 12000)]),
        ("Up to 20 feet | £318", [(0, 20)]),
        ("Over 60 feet | £1,036", [(60, float("inf"))]),
        ("10 or more | 32", [(10, float("inf"))]),
        ("Call between Monday and 5.", []),
        ("You may save up to 18 hours.", []),
        ("from 9 to 5", []),
    ],
)
def test_bands_are_ranges_that_rise_and_open_ones_in_cells_of_a_table(
    candidate: MakeCandidate, text: str, expected: list[tuple[float, float]]
) -> None:
    assert bands(candidate(text)) == expected


def test_a_question_s_number_is_given_by_the_same_number_or_by_its_band(candidate: MakeCandidate) -> None:
    asked = number_terms("I have been here seven years")
    assert set(asked) == {"seven"}
    assert stated(asked, candidate("6 to 9 | 29 | 209")) == {"seven"}
    assert stated(asked, candidate("It lasts 7 years.")) == {"seven"}
    assert stated(asked, candidate("3 to 5 | 27 | 194")) == frozenset()


def test_the_terms_of_a_compound_are_all_the_number_s(candidate: MakeCandidate) -> None:
    asked = number_terms("a man with a 42-foot boat")
    assert set(asked) == {"42", "42foot"}
    assert stated(asked, candidate("36 to 50 feet | £742")) == {"42", "42foot"}
