import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.support import claims_of


def test_a_citation_belongs_to_its_sentence_before_the_stop_and_after_it() -> None:
    answer = "It is £165 a week [2]. It is paid in April. [1] [3] Ask Dawn [1, 2]."
    claims = claims_of(answer)
    assert [claim.text for claim in claims] == ["It is £165 a week.", "It is paid in April.", "Ask Dawn."]
    assert [claim.cited for claim in claims] == [(2,), (1, 3), (1, 2)]
    assert answer[claims[1].span.start : claims[1].span.end] == "It is paid in April. [1] [3]"


def test_items_of_a_list_are_read_without_their_marks() -> None:
    claims = claims_of("1. **Boats** pay £742 [1]\n2. Dogs pay nothing\n- Nor do cats")
    assert [claim.text for claim in claims] == ["Boats pay £742", "Dogs pay nothing", "Nor do cats"]


@pytest.mark.parametrize(
    "text",
    [
        "Not in the documents.",
        "Not in the documents",
        "I'm sorry, but I do not know.",
        "The passages do not say who pays.",
        "I don’t have specific information about the fee.",
        "There is no information on dogs.",
        "You’re welcome!",
        "Yes.",
        "Let me know if you need more.",
        "Do you mean the duty phone?",
        "Here is what to do:",
        "[1]",
        "…",
    ],
)
def test_what_says_nothing_about_the_matter_is_not_checked(text: str) -> None:
    assert not any(claim.is_checked for claim in claims_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "£165",
        "No dogs.",
        "Yes, dogs are allowed.",
        "Ask the duty officer.",
        "The documents do not say who pays, but the fee is £40.",
        "The documents are kept in the lock house.",
        "I know that the fee is £40.",
    ],
)
def test_what_says_something_is_checked(text: str) -> None:
    assert all(claim.is_checked for claim in claims_of(text))


@given(st.text(alphabet=st.sampled_from("Aa b.[]1,2\n-?!*"), max_size=60))
def test_spans_are_in_order_and_miss_only_white_space(answer: str) -> None:
    spans = [claim.span for claim in claims_of(answer)]
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    inside = "".join(answer[span.start : span.end] for span in spans)
    assert inside.split() == [] if not answer.split() else "".join(inside.split()) == "".join(answer.split())


def test_a_long_blank_is_read_in_no_time() -> None:
    (claim,) = claims_of("It is £165" + " " * 100_000 + "a week [1].")
    assert claim.cited == (1,)
