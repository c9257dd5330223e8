import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.citations import CitationFilter, without_citations


def _streamed(text: str, numbers: set[int], *cuts: int) -> tuple[str, list[int]]:
    checked = CitationFilter(numbers)
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    shown = "".join(checked.feed(text[a:b]) for a, b in pairwise(bounds)) + checked.flush()
    return shown, checked.cited


@pytest.mark.parametrize(
    ("text", "shown", "cited"),
    [
        ("It is 25 days [1].", "It is 25 days [1].", [1]),
        ("It is 25 days [9].", "It is 25 days.", []),
        ("Both [1, 2] say so.", "Both [1][2] say so.", [1, 2]),
        ("One of them [2; 7] does.", "One of them [2] does.", [2]),
        ("[1][1] twice", "[1][1] twice", [1]),
        ("a[0] and [see] stay", "a and [see] stay", []),
        ("an open bracket [ stays", "an open bracket [ stays", []),
        ("ends in [1", "ends in [1", []),
    ],
)
def test_markers_that_point_at_no_source_are_left_out(text: str, shown: str, cited: list[int]) -> None:
    assert _streamed(text, {1, 2}) == (shown, cited)


@given(st.text(alphabet="ab [],;129\n", max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_how_the_text_is_cut_into_pieces_makes_no_difference(text: str, cuts: list[int]) -> None:
    assert _streamed(text, {1, 2}, *cuts) == _streamed(text, {1, 2})


@given(st.text(alphabet="ab [],;0129", max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_no_marker_but_those_of_sources_is_ever_shown(text: str, cuts: list[int]) -> None:
    shown, cited = _streamed(text, {1, 2}, *cuts)
    assert {int(n) for n in re.findall(r"\[(\d+)\]", shown)} <= {1, 2}
    assert set(cited) <= {1, 2}


@given(st.text(alphabet="ab.! \n", max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_text_without_markers_passes_unchanged(text: str, cuts: list[int]) -> None:
    assert _streamed(text, {1}, *cuts) == (text, [])


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("It is £165 [1].", "It is £165."),
        ("Both say so [1, 2]; a third does not [12] .", "Both say so; a third does not ."),
        ("[3]", ""),
        ("See section [a] and [1999].", "See section [a] and [1999]."),
    ],
)
def test_a_text_without_its_citations(text: str, bare: str) -> None:
    assert without_citations(text) == bare
