import pytest

from assistant.support.wording import figures, initials, is_named, is_turned, names
from ingest.index.analysis import terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The fee is paid by Dawn Ellery.", ["Dawn", "Ellery"]),
        ("Ask the NHS. The form is B12.", ["NHS", "B12"]),
        ("I think You may.", []),
        ("Lower Upfront Costs: the rent only.", []),
        ("Dawn’s boat", []),
        ("On Dawn’s boat", ["Dawn"]),
    ],
)
def test_names_are_words_with_a_capital_that_does_not_only_begin(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Ellery", "dawn ellery works here", True),
        ("Canadian", "a law of Canada", True),
        ("NFL", "the National Football League", True),
        ("U.S", "the United States", True),
        ("Half-Sack", "the sack of Rome", True),
        ("COVID-19", "an illness", False),
        ("COVID-19", "COVID-20 and 19 others", True),
        ("Smith", "dawn ellery works here", False),
    ],
)
def test_a_name_is_known_by_its_stem_its_parts_or_its_initials(name: str, text: str, expected: bool) -> None:
    assert is_named(name, frozenset(terms(text)), initials(text)) is expected


def test_figures_are_numbers_as_they_are_written_without_the_article_like_one() -> None:
    assert figures("One of the twelve boats paid £1,500 in 1990.") == {"twelve": 12, "£1,500": 1500, "1990": 1990}


@pytest.mark.parametrize(
    ("claim", "line", "expected"),
    [
        ("Dogs are allowed.", "Dogs are not allowed.", True),
        ("Dogs aren’t allowed.", "Dogs are not allowed.", False),
        ("The fee is higher in May.", "The fee is lower in May.", True),
        ("Pay before May.", "Pay after May.", True),
        ("Pay before May.", "Pay before June and after May.", False),
        ("Dogs are allowed.", "Dogs may come in.", False),
    ],
)
def test_a_negation_or_an_opposite_in_one_of_two_turns_it(claim: str, line: str, expected: bool) -> None:
    assert is_turned(claim, line) is expected
