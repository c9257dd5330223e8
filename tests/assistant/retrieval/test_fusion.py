from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.fusion import fuse

rankings = st.lists(st.lists(st.integers(0, 20), unique=True), max_size=4)


@given(rankings)
def test_every_id_of_every_ranking_has_a_score_and_no_other(ranked: list[list[int]]) -> None:
    scores = fuse(ranked)
    assert set(scores) == {i for ids in ranked for i in ids}
    assert all(score > 0 for score in scores.values())


@given(st.lists(st.integers(0, 20), unique=True, min_size=1))
def test_one_ranking_keeps_its_order(ids: list[int]) -> None:
    scores = fuse([ids])
    assert sorted(ids, key=lambda i: -scores[i]) == ids


def test_what_both_rankings_find_comes_before_what_one_finds() -> None:
    scores = fuse([[1, 2], [3, 2]])
    assert scores[2] > scores[1] == scores[3]
