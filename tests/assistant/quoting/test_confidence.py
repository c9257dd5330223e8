from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.events import Source
from assistant.quoting.candidates import candidates_of
from assistant.quoting.confidence import CONFIDENCE, signs
from assistant.quoting.evidence import Evidence, Question
from ingest.index.analysis import query_terms

MakeSource = Callable[..., Source]

NEAR = st.floats(0, 1)


def _signs(
    text: str, *sources: Source, nearness: list[float] | None = None, nearest: float = 0.5, spread: float = 0.0
) -> dict[str, float]:
    question = Question(text=text, weights=dict.fromkeys(query_terms(text), 1.0))
    candidates = candidates_of(sources)
    evidence = Evidence(question, candidates)
    near = np.array([0.5] * len(candidates) if nearness is None else nearness)
    features = np.hstack([evidence.wording, evidence.meaning(near)])
    found = signs(question, evidence, candidates, features, nearness=near, nearest=nearest, spread=spread)
    return dict(zip(CONFIDENCE, found.tolist(), strict=True))


def test_a_name_or_a_number_that_nothing_around_the_best_sentence_says_is_missed(source: MakeSource) -> None:
    passage = source("The boat licence of 2026 costs £40.", headings=("Hexley",))
    there = _signs("What does a boat licence at Hexley cost in 2026?", passage)
    assert (there["names"], there["numbers"]) == (0, 0)
    missing = _signs("What does a boat licence at Ferring cost in 2027?", passage)
    assert (missing["names"], missing["numbers"]) == pytest.approx((1 / 5, 1 / 5))


def test_a_word_that_only_begins_the_question_is_no_name(source: MakeSource) -> None:
    assert _signs("Boats cost what?", source("The fee is £40."))["names"] == 0


def test_a_question_that_denies_wants_a_sentence_that_does(source: MakeSource) -> None:
    assert _signs("Which boats are not let through?", source("All boats are let through."))["negation"] == 1
    assert _signs("Which boats are not let through?", source("No boats are let through."))["negation"] == 0
    assert _signs("My boat isn’t mended. Who mends boats?", source("Dawn mends boats."))["negation"] == 0


def test_a_question_for_a_figure_wants_one(source: MakeSource) -> None:
    assert _signs("How many boats are there?", source("There are boats."))["no_figure"] == 1
    assert _signs("How many boats are there?", source("There are six boats."))["no_figure"] == 0
    assert _signs("Are there boats?", source("There are boats."))["no_figure"] == 0


def test_one_sentence_may_stand_out_and_what_was_not_embedded_does_not_count(source: MakeSource) -> None:
    passage = source("One. Two. Three. Four. Five. Six.")
    nearness = [0.9, 0.1, 0.2, 0.3, 0.4, np.nan]
    assert _signs("What?", passage, nearness=nearness)["stands_out"] == pytest.approx(0.8)
    assert _signs("What?", source("One."), nearness=[0.9])["stands_out"] == 0
    assert _signs("What?", source("One."), nearness=[np.nan])["stands_out"] == 0


def test_support_is_shared_among_passages(source: MakeSource) -> None:
    assert _signs("Who mends boats?", source("Dawn mends boats. It is."))["one_passage"] == pytest.approx(1)
    twice = _signs("Who mends boats?", source("Dawn mends boats."), source("Dawn mends boats."))
    assert 0.5 <= twice["one_passage"] < 0.8


def test_a_near_passage_may_count_by_how_many_documents_lie_near(source: MakeSource) -> None:
    many = _signs("Who mends boats?", source("Dawn mends boats."), nearest=0.8, spread=0.5)
    assert (many["spread"], many["spread_nearest"]) == pytest.approx((0.5, 0.4))
    assert _signs("Who mends boats?", source("Dawn mends boats."), nearest=0.8)["spread_nearest"] == 0


@given(
    words=st.lists(st.sampled_from(["Boats", "not", "who", "7", "How many", "Ferring?", "in"])),
    near=st.lists(NEAR, min_size=3),
    spread=NEAR,
)
def test_every_sign_is_a_share(source: MakeSource, words: list[str], near: list[float], spread: float) -> None:
    said = source("Boats at Ferring. No 7 is shut. It is.")
    found = _signs(" ".join(words), said, nearness=near[:3], spread=spread)
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in found.values())


def test_what_is_missed_speaks_against_an_answer_and_all_else_for_one() -> None:
    against = {"constant", "spread", "names", "numbers", "negation", "no_figure"}
    assert {name for name, weight in CONFIDENCE.items() if weight < 0} == against
