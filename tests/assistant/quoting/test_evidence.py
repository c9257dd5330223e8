from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.events import Source
from assistant.quoting.candidates import candidates_of
from assistant.quoting.evidence import MEANING, TOPIC, WORDING, Evidence, Question, add_up, probability
from ingest.index.analysis import query_terms

MakeSource = Callable[..., Source]


def _question(text: str) -> Question:
    return Question(text=text, weights=dict.fromkeys(query_terms(text), 1.0))


def _wording(question: str, *sources: Source) -> list[Mapping[str, float]]:
    features = Evidence(_question(question), candidates_of(sources)).wording
    return [dict(zip(WORDING, row, strict=True)) for row in features]


def test_words_count_once_in_the_candidate_its_heading_or_its_neighbours(source: MakeSource) -> None:
    duty = source("The officer carries a telephone. The allowance is paid. Nobody minds.", headings=("Duty",))
    _, allowance, last = _wording("What allowance for duty with the telephone?", duty)
    assert (allowance["cover"], allowance["above"], allowance["beside"]) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert (last["cover"], last["beside"]) == pytest.approx((0, 1 / 3))


def test_a_document_lends_its_title_its_name_and_its_upper_headings_to_what_does_not_say_them(
    source: MakeSource,
) -> None:
    passage = source("Allowances are paid monthly. Officers ask.", headings=("Duty", "Pay"), title="On the boats")
    allowances, officers = _wording("Do boats in the handbook have duty officers?", passage)
    assert allowances["document"] == pytest.approx(3 / 4)
    assert officers["document"] == pytest.approx(3 / 4)
    (said,) = _wording("What of boats?", source("Boats are dear.", title="On the boats"))
    assert (said["cover"], said["document"]) == pytest.approx((1, 0))


def test_a_row_says_what_its_header_says_and_nothing_of_its_neighbours(source: MakeSource) -> None:
    table = source("Length | Half year | Year\n36 to 50 feet | £445 | £742\n51 to 60 feet | £539 | £898")
    middle, longest = _wording("What is half a year for 42 feet?", table)
    assert middle["cover"] > longest["cover"]
    assert middle["beside"] == longest["beside"] == 0


def test_an_answer_of_the_expected_type_is_a_figure_or_an_entity(source: MakeSource) -> None:
    passage = source("The target is four minutes. Dawn Ellery keeps the time.")
    time, person = _wording("How long may it take?", passage)
    assert (time["figure"], person["figure"]) == (1, 0)
    time, person = _wording("Who takes it?", passage)
    assert (time["entity"], person["entity"]) == (0, 1)


def test_meaning_knows_the_passage_and_the_neighbours(source: MakeSource) -> None:
    evidence = Evidence(_question("What?"), candidates_of([source("One. Two. Three."), source("Four.")]))
    meaning = evidence.meaning(np.array([0.6, 0.2, 0.4, 0.1]))
    assert meaning[:, [*MEANING].index("near_best")] == pytest.approx([0.6, 0.6, 0.6, 0.1])
    assert meaning[1, [*MEANING].index("near_beside")] == pytest.approx(0.5)
    assert meaning[3, [*MEANING].index("near_beside")] == pytest.approx(0.1)


def test_what_was_not_embedded_counts_as_the_mean_of_its_passage(source: MakeSource) -> None:
    evidence = Evidence(_question("What?"), candidates_of([source("One. Two. Three."), source("Four.")]))
    meaning = evidence.meaning(np.array([0.6, np.nan, 0.2, np.nan]))
    assert meaning[:, [*MEANING].index("near")] == pytest.approx([0.6, 0.4, 0.2, 0.0])


def test_the_topic_is_told_by_the_nearest_candidate_and_the_passage_that_covers_most(source: MakeSource) -> None:
    evidence = Evidence(
        _question("duty telephone officer"), candidates_of([source("The duty. The officer."), source("The telephone.")])
    )
    assert dict(zip(TOPIC, evidence.topic(np.array([0.1, np.nan, 0.3])), strict=True)) == pytest.approx(
        {"constant": 1, "near": 0.3, "covered": 2 / 3}
    )


def test_a_question_of_no_known_word_covers_nothing() -> None:
    assert Question(text="", weights={}).coverage(frozenset({"duty"})) == 0


@given(st.lists(st.sampled_from(["duty", "officer", "boat", "of"]), max_size=6), st.permutations([0.5, 1.0, 2.0]))
def test_coverage_is_a_share_that_grows_with_what_is_held(held: list[str], rarity: list[float]) -> None:
    question = Question(text="", weights=dict(zip(["duty", "officer", "boat"], rarity, strict=True)))
    shares = [question.coverage(frozenset(held[:most])) for most in range(len(held) + 1)]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


def test_features_are_added_up_by_their_weights() -> None:
    assert add_up(np.array([[1.0, 2.0]]), {"one": 3.0, "two": 0.5}) == pytest.approx([4.0])


def test_even_log_odds_are_half_a_probability() -> None:
    assert probability(0) == 0.5
    assert probability(2) + probability(-2) == pytest.approx(1)
