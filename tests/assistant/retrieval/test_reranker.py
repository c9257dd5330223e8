from dataclasses import replace

import numpy as np

from assistant.retrieval.candidates import Candidates
from assistant.retrieval.rankings import RANKINGS
from models.words import Words, signs

QUESTION = {"annual": 2.0, "leave": 3.0, "days": 1.0}
RANDOM = np.random.default_rng(0)
VECTORS = RANDOM.normal(size=(3, 64)).astype(np.float32)
WORDS = Words(texts=tuple(QUESTION), vectors=VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True))


def _candidates(
    dense: dict[int, float],
    lexical: dict[int, float],
    bodies: dict[int, str],
    words: dict[int, np.ndarray] | None = None,
) -> Candidates:
    return Candidates(
        dense=dense,
        lexical=lexical,
        terms=QUESTION,
        bodies={chunk_id: body.split() for chunk_id, body in bodies.items()},
        words=WORDS,
        signs={chunk_id: signs(vectors) for chunk_id, vectors in (words or {}).items()},
    )


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


def test_of_passages_with_words_of_their_own_the_one_whose_words_mean_the_questions_comes_first() -> None:
    holiday, boats = VECTORS + 0.3 * RANDOM.normal(size=VECTORS.shape), RANDOM.normal(size=(5, 64))
    found = _candidates({1: 0.5, 2: 0.5}, {}, {1: "boats", 2: "holiday"}, {1: boats, 2: holiday})
    scores = RANKINGS["weighed"](found)
    assert scores[2] > scores[1]
    assert RANKINGS["wording"](found)[2] == RANKINGS["wording"](found)[1]


def test_while_a_passage_has_no_words_kept_none_counts_with_them() -> None:
    found = _candidates({1: 0.5, 2: 0.5}, {}, {1: "boats", 2: "holiday"}, {2: VECTORS})
    assert RANKINGS["weighed"](found) == RANKINGS["wording"](found)


def test_a_model_that_can_only_spell_the_question_is_not_asked() -> None:
    bodies = {1: "annual leave days", 2: "boats"}
    found = _candidates({2: 0.9, 1: 0.1}, {1: 4.0}, bodies, {1: -VECTORS, 2: VECTORS})
    spelt = replace(found, words=replace(WORDS, spelt=1.0))
    for ranking in ("weighed", "wording"):
        scores = RANKINGS[ranking](spelt)
        assert scores[1] > scores[2]
    assert RANKINGS["weighed"](found)[2] > RANKINGS["weighed"](found)[1]


def test_a_question_with_a_background_is_fused_by_rank() -> None:
    found = _candidates({1: 0.6, 2: 0.1}, {3: 4.0, 1: 2.0}, {1: "boats", 2: "annual leave", 3: "leave"})
    assert RANKINGS["weighed"](replace(found, leans=True)) == RANKINGS["rrf"](found)
    assert RANKINGS["wording"](replace(found, leans=True)) == RANKINGS["rrf"](found)


def test_a_passage_of_no_words_is_ranked_too() -> None:
    found = _candidates({1: 0.5, 2: 0.5}, {}, {1: "", 2: "leave"}, {1: np.empty((0, 64)), 2: VECTORS})
    scores = RANKINGS["weighed"](found)
    assert scores[2] > scores[1]


def test_a_passage_that_only_its_words_have_found_is_as_far_away_as_the_last_that_meaning_found() -> None:
    bodies = {1: "annual leave", 2: "annual leave", 3: "annual leave"}
    scores = RANKINGS["wording"](_candidates({1: 0.9, 2: 0.4}, {3: 1.0}, bodies))
    assert scores[3] == scores[2] < scores[1]


def test_a_look_up_alone_ranks_what_it_found_and_nothing_else() -> None:
    found = _candidates({1: 0.6, 2: 0.1}, {3: 4.0, 1: 2.0}, {})
    assert set(RANKINGS["dense"](found)) == {1, 2}
    assert set(RANKINGS["bm25"](found)) == {1, 3}
    assert set(RANKINGS["rrf"](found)) == {1, 2, 3}
    assert max(RANKINGS["rrf"](found), key=RANKINGS["rrf"](found).__getitem__) == 1


def test_nothing_found_is_nothing_ranked() -> None:
    found = _candidates({}, {}, {})
    assert all(dict(ranking(found)) == {} for ranking in RANKINGS.values())
