from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.wording import WORDING, wording

letters = st.sampled_from("abcdefgh")
weights = st.dictionaries(letters, st.floats(0.1, 9), max_size=6)
bodies = st.lists(letters, max_size=80)


def _wording(weights: dict[str, float], body: str) -> dict[str, float]:
    return dict(zip(WORDING, wording(weights, body.split()), strict=True))


@given(weights, bodies)
def test_every_feature_is_a_share(weights: dict[str, float], body: list[str]) -> None:
    assert all(0 <= value <= 1 + 1e-9 for value in wording(weights, body))


@given(weights, bodies)
def test_a_shorter_stretch_never_holds_more(weights: dict[str, float], body: list[str]) -> None:
    covered, in_phrase, in_sentences, _ = wording(weights, body)
    assert in_phrase <= in_sentences + 1e-9
    assert in_sentences <= covered + 1e-9


@given(weights, bodies)
def test_the_closest_stretch_is_the_one_that_looking_at_each_finds(weights: dict[str, float], body: list[str]) -> None:
    stretches = (set(body[at : at + 8]) for at in range(len(body)))
    best = max((sum(weights.get(term, 0) for term in held) for held in stretches), default=0.0)
    assert abs(wording(weights, body)[1] * sum(weights.values()) - best) < 1e-9


def test_rare_words_cover_more_than_common_ones() -> None:
    question = {"annual": 1.0, "leave": 3.0}
    assert _wording(question, "leave for boats")["covered"] == 0.75
    assert _wording(question, "annual boats")["covered"] == 0.25


def test_words_in_the_questions_order_are_a_pair_and_the_other_way_round_are_none() -> None:
    question = {"annual": 1.0, "leave": 3.0}
    assert _wording(question, "the annual leave")["pairs"] == 1
    assert _wording(question, "annual sick leave")["pairs"] == 1
    assert _wording(question, "leave is annual")["pairs"] == 0


def test_nothing_is_said_of_a_question_without_words() -> None:
    assert wording({}, ["leave"]) == (0, 0, 0, 0)
