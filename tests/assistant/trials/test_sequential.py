import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.trials.sequential import gain

_LOOKS = range(40, 601, 40)


def _thumbs(seed: int, *, usual: float, challenger: float, share: float, n: int = 600) -> list[tuple[bool, float]]:
    chance = np.random.default_rng(seed)
    drawn = chance.random(n) < share
    up = chance.random(n) < np.where(drawn, challenger, usual)
    return [(bool(one), float(value)) for one, value in zip(drawn, up, strict=True)]


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_looked_at_again_and_again_it_seldom_sees_what_is_not_there(share: float) -> None:
    wrong = 0
    for seed in range(100):
        observed = _thumbs(seed, usual=0.7, challenger=0.7, share=share)
        gains = [gain(observed[:look], share=share) for look in _LOOKS]
        wrong += any(one is not None and (one.is_above_zero or one.is_below_zero) for one in gains)
    assert wrong <= 9  # of 100: more than that by chance is less likely than 4 in 100, were it wrong 5 times in 100


def test_a_difference_that_is_there_is_seen_and_has_its_size() -> None:
    gains = [gain(_thumbs(seed, usual=0.5, challenger=0.8, share=0.5), share=0.5) for seed in range(20)]
    assert all(one is not None and one.is_above_zero for one in gains)
    assert np.mean([one.value for one in gains if one is not None]) == pytest.approx(0.3, abs=0.03)
    worse = gain(_thumbs(1, usual=0.8, challenger=0.4, share=0.3), share=0.3)
    assert worse is not None
    assert worse.is_below_zero


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=60))
def test_it_says_nothing_of_a_handful_and_its_interval_holds_the_value(observed: list[tuple[bool, float]]) -> None:
    found = gain(observed, share=0.5)
    fewest = min(sum(one for one, _ in observed), sum(not one for one, _ in observed))
    assert (found is None) == (fewest < 10)
    if found is not None:
        assert found.low <= found.value <= found.high
