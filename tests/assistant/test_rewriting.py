import pytest

from assistant.rewriting import standalone

FIRST = "How many days of annual leave does a member of staff get?"


@pytest.mark.parametrize("follow_up", ["And for volunteers?", "How is it counted?", "Why?", "What about part-timers?"])
def test_a_question_that_leans_on_the_last_is_searched_together_with_it(follow_up: str) -> None:
    assert standalone(follow_up, [FIRST]) == f"{FIRST} {follow_up}"


def test_a_question_that_stands_by_itself_is_searched_as_it_is() -> None:
    question = "Which form do I send to finance for travel costs?"
    assert standalone(question, [FIRST]) == question


def test_the_first_question_is_never_changed() -> None:
    assert standalone("And for volunteers?", []) == "And for volunteers?"


def test_a_chain_of_follow_ups_goes_back_to_the_question_that_stood() -> None:
    assert standalone("And for them?", [FIRST, "And for volunteers?"]) == f"{FIRST} And for them?"
