import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.insights.grouping import examples, from_the_middle, grouped, names

DIMENSIONS = 32


def _around(axis: int, count: int, *, common: float = 0.0, seed: int = 0) -> np.ndarray:
    """Vectors of length 1 near to an axis, and as near as `common` says to one that all share."""
    chance = np.random.default_rng(seed + axis)
    vectors = 0.05 * chance.standard_normal((count, DIMENSIONS))
    vectors[:, axis] += 1
    vectors[:, -1] += common
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("common", [0.0, 3.0])
def test_what_means_the_same_is_one_topic_also_on_a_desk_on_one_subject(common: float) -> None:
    vectors = np.concatenate([_around(axis, count, common=common) for axis, count in ((0, 8), (1, 12), (2, 5))])
    found = grouped(from_the_middle(vectors))
    assert found.tolist() == [1] * 8 + [0] * 12 + [2] * 5  # the largest first
    assert [found[place] for place in examples(from_the_middle(vectors), found)] == [0, 1, 2]


def test_a_question_that_is_like_no_other_is_in_no_topic() -> None:
    vectors = np.concatenate([_around(0, 8), _around(1, 8), _around(5, 1)])
    assert grouped(from_the_middle(vectors)).tolist() == [0] * 8 + [1] * 8 + [-1]


@given(st.integers(0, 40), st.integers(0, 5))
def test_a_topic_has_three_questions_at_least_and_numbers_go_by_size(count: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)
    found = grouped(from_the_middle(vectors))
    assert len(found) == count
    sizes = np.bincount(found[found >= 0]).tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert all(size >= 3 for size in sizes)


def test_a_topic_is_called_by_the_words_that_set_it_apart() -> None:
    questions = [
        "How much is the mooring fee?",
        "Is the mooring fee due in May?",
        "Who pays the mooring fee?",
        "How do I report sick leave?",
        "Is sick leave paid?",
        "Who approves sick leave?",
    ]
    fees, leave = names(questions, np.array([0, 0, 0, 1, 1, 1]))
    assert {"mooring", "fee"} <= set(fees.split(", "))
    assert {"sick", "leave"} <= set(leave.split(", "))
