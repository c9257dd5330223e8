from assistant.retrieval.candidates import Candidates
from assistant.retrieval.rankings import RANKINGS

QUESTION = {"annual": 2.0, "leave": 3.0, "days": 1.0}


def _candidates(dense: dict[int, float], lexical: dict[int, float], bodies: dict[int, str]) -> Candidates:
    terms = {chunk_id: body.split() for chunk_id, body in bodies.items()}
    return Candidates(dense=dense, lexical=lexical, terms=QUESTION, bodies=terms)


def test_relevance_is_a_probability_of_every_candidate() -> None:
    found = _candidates({1: 0.6, 2: 0.1}, {3: 4.0, 1: 2.0}, {1: "annual leave", 2: "boats", 3: "leave days"})
    scores = RANKINGS["weighed"](found)
    assert set(scores) == {1, 2, 3}
    assert all(0 < score < 1 for score in scores.values())


def test_what_is_nearer_comes_first_when_the_words_are_the_same() -> None:
    found = _candidates({1: 0.3, 2: 0.7}, {}, {1: "annual leave", 2: "annual leave"})
    scores = RANKINGS["weighed"](found)
    assert scores[2] > scores[1]


def test_what_says_the_words_comes_first_when_meaning_is_the_same() -> None:
    found = _candidates({1: 0.5, 2: 0.5}, {}, {1: "sick children", 2: "twenty days of annual leave"})
    scores = RANKINGS["weighed"](found)
    assert scores[2] > scores[1]


def test_words_that_stand_together_count_more_than_scattered_ones() -> None:
    scattered = f"annual {'x ' * 60} days {'x ' * 60} leave"
    found = _candidates({1: 0.5, 2: 0.5}, {}, {1: scattered, 2: f"annual leave days {'x ' * 120}"})
    scores = RANKINGS["weighed"](found)
    assert scores[2] > scores[1]


def test_a_passage_that_only_its_words_have_found_is_as_far_away_as_the_last_that_meaning_found() -> None:
    bodies = {1: "annual leave", 2: "annual leave", 3: "annual leave"}
    scores = RANKINGS["weighed"](_candidates({1: 0.9, 2: 0.4}, {3: 1.0}, bodies))
    assert scores[3] == scores[2] < scores[1]


def test_a_look_up_alone_ranks_what_it_found_and_nothing_else() -> None:
    found = _candidates({1: 0.6, 2: 0.1}, {3: 4.0, 1: 2.0}, {})
    assert set(RANKINGS["dense"](found)) == {1, 2}
    assert set(RANKINGS["bm25"](found)) == {1, 3}
    assert set(RANKINGS["rrf"](found)) == {1, 2, 3}
    assert max(RANKINGS["rrf"](found), key=RANKINGS["rrf"](found).__getitem__) == 1


def test_nothing_found_is_nothing_ranked() -> None:
    found = _candidates({}, {}, {})
    assert [dict(ranking(found)) for ranking in RANKINGS.values()] == [{}, {}, {}, {}]
