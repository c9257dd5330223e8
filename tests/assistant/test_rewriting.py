import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.rewriting import background

FIRST = "How many days of annual leave does a member of staff get?"


@pytest.mark.parametrize(
    "follow_up", ["And for volunteers?", "How is it counted?", "Why?", "What about part-timers?", "Who told her that?"]
)
def test_a_question_that_leans_on_the_last_is_searched_together_with_it(follow_up: str) -> None:
    assert background(follow_up, [FIRST]) == FIRST


def test_a_question_that_stands_by_itself_has_nothing_behind_it() -> None:
    assert background("Which form do I send to finance for travel costs?", [FIRST], ["Ask Dawn Ellery."]) == ""


def test_the_first_question_has_nothing_behind_it() -> None:
    assert background("And for volunteers?", []) == ""


def test_a_chain_of_follow_ups_goes_back_to_the_question_that_stood() -> None:
    assert background("And for them?", [FIRST, "And for volunteers?"]) == FIRST


def test_what_the_answers_named_is_searched_for_too() -> None:
    room = "Which of our rooms takes about thirty people?"
    answers = ["Yes: the Pattern Loft at Maltby’s Yard, from 5 March 2027. Ask Dawn Ellery.", "No."]
    behind = background("What does it cost for a morning?", [room, "Is there a screen in it?"], answers)
    assert behind == f"{room} Pattern Loft, Maltby’s Yard."


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("Stuart Blakey.", "Stuart Blakey"),
        ("The towpath at Lock 16 is closed from 11 January to 26 February.", "Lock 16"),
        ("Lock 16 | New cill, repair of the apron | Monday 11 January 2027 | Closed [2]", "Lock 16"),
        ("Ask the Head of People and Finance [1] first.", "Head of People and Finance"),
    ],
)
def test_names_are_told_from_dates_and_the_beginnings_of_sentences(answer: str, names: str) -> None:
    assert background("And what happens then?", [FIRST], [answer]) == f"{FIRST} {names}."


def test_a_name_that_was_asked_about_is_not_said_again() -> None:
    assert background("And Dawn Ellery?", ["When is Owen Tranter at work?"], ["Owen Tranter works on Mondays."]) == (
        "When is Owen Tranter at work?"
    )


@pytest.mark.parametrize("answer", ["A’" * 100_000, "A " * 100_000])
def test_an_endless_answer_adds_no_more_than_a_sentence(answer: str) -> None:
    assert len(background("And what happens then?", [FIRST], [answer])) < 500


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_what_stands_behind_begins_with_a_question_that_was_asked(question: str, said: list[tuple[str, str]]) -> None:
    earlier = [asked for asked, _ in said]
    behind = background(question, earlier, [answer for _, answer in said])
    assert not behind or any(behind.startswith(asked) for asked in earlier)
