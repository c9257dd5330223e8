from hypothesis import given
from hypothesis import strategies as st

from models.training import Pair, hash_of
from models.training.pairs import batches

PAIRS = st.lists(
    st.builds(Pair, question=st.text("ab", max_size=4), passage=st.sampled_from("xyz")), max_size=40, unique=True
)


@given(PAIRS, st.integers(2, 6), st.integers(0, 3))
def test_no_batch_holds_a_passage_twice_and_no_pair_comes_twice(pairs: list[Pair], size: int, seed: int) -> None:
    made = batches(pairs, size, seed=seed)
    for batch in made:
        assert 2 <= len(batch) <= size
        assert len({pair.passage for pair in batch}) == len(batch)
    used = [pair for batch in made for pair in batch]
    assert len(set(used)) == len(used)
    assert set(used) <= set(pairs)


@given(PAIRS, st.integers(0, 3))
def test_the_same_seed_gives_the_same_batches(pairs: list[Pair], seed: int) -> None:
    assert batches(pairs, 3, seed=seed) == batches(pairs, 3, seed=seed)


def test_pairs_of_different_passages_are_all_used() -> None:
    pairs = [Pair(question=f"q{at}", passage=f"p{at}") for at in range(10)]
    assert sum(map(len, batches(pairs, 4, seed=0))) == 10


@given(PAIRS)
def test_the_hash_knows_content_and_no_order(pairs: list[Pair]) -> None:
    assert hash_of(pairs) == hash_of(reversed(pairs))
    assert hash_of(pairs) != hash_of([*pairs, Pair(question="another", passage="x")])
