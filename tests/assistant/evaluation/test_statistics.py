import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assistant.evaluation.statistics import compare, interval, slices

VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(VALUES)
def test_the_value_lies_in_its_interval_which_lies_in_the_values(values: list[float]) -> None:
    found = interval(values, resamples=200)
    assert found.value == pytest.approx(np.mean(values))
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9
    assert found.rows == len(values)


def test_the_interval_is_scipy_s_percentile_bootstrap_but_for_chance() -> None:
    values = np.random.default_rng(3).beta(2, 1, 300)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=9999, random_state=1)
    ours = interval(values, resamples=9999)
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.003)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.003)


def test_about_one_in_twenty_intervals_misses_the_truth() -> None:
    random = np.random.default_rng(0)
    missed = 0
    for seed in range(300):
        found = interval(random.normal(0.5, 0.2, 80), resamples=400, seed=seed)
        missed += not found.low <= 0.5 <= found.high
    assert 3 <= missed <= 35


def test_other_statistics_and_seeds() -> None:
    values = [0.0, 0.2, 0.9, 1.0, 0.4]
    median = interval(values, statistic=lambda drawn: np.median(drawn, axis=-1))
    assert median.value == pytest.approx(0.4)
    assert interval(values) == interval(values)
    assert interval(values, seed=1, resamples=50) != interval(values, seed=2, resamples=50)


def test_many_rows_are_resampled_in_pieces() -> None:
    found = interval(np.arange(50_000) % 2, resamples=200)
    assert found.low < 0.5 < found.high
    assert found.high - found.low < 0.02


def test_of_nothing_there_is_no_interval_and_nan_is_refused() -> None:
    assert np.isnan(interval([]).value)
    with pytest.raises(ValueError, match="NaN"):
        interval([0.5, float("nan")])


PAIRS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=9)


@settings(max_examples=30, deadline=None)
@given(PAIRS)
def test_p_is_the_exact_permutation_test_s_but_for_chance(pairs: list[tuple[int, int]]) -> None:
    gains = np.array([float(second - first) for first, second in pairs])
    signs = np.array(np.meshgrid(*[[-1, 1]] * len(gains))).reshape(len(gains), -1)
    exact = float(np.mean(np.abs(gains @ signs) >= abs(gains.sum()) - 1e-9))
    first = {str(at): float(a) for at, (a, _) in enumerate(pairs)}
    second = {str(at): float(b) for at, (_, b) in enumerate(pairs)}
    found = compare(first, second, resamples=4000)
    assert found.p == pytest.approx(exact, abs=0.05)
    assert found.difference.value == pytest.approx(gains.mean())
    assert (found.better, found.worse) == ((gains > 0).sum(), (gains < 0).sum())


@settings(max_examples=20, deadline=None)
@given(PAIRS)
def test_turning_the_runs_round_turns_the_difference(pairs: list[tuple[int, int]]) -> None:
    first = {str(at): float(a) for at, (a, _) in enumerate(pairs)}
    second = {str(at): float(b) for at, (_, b) in enumerate(pairs)}
    there, back = compare(first, second), compare(second, first)
    assert there.difference.value == pytest.approx(-back.difference.value)
    assert there.p == back.p


def test_a_comparison_is_said_in_words_and_only_over_common_rows() -> None:
    first = {str(at): 0.0 for at in range(40)} | {"only here": 1.0}
    second = {str(at): float(at % 2) for at in range(40)}
    better = compare(first, second)
    assert better.is_significant
    assert better.statement.startswith("The second is better: +0.500 [+0.")
    assert "40 rows: 20 better, 0 worse" in better.statement
    assert compare(second, first).statement.startswith("The second is worse: -0.500")
    assert compare(first, first).statement.startswith("No difference is shown: +0.000")
    assert compare(first, {}).statement == "The two runs have no row in common."


def test_slices_are_the_means_of_their_tags() -> None:
    found = slices({"a": 1.0, "b": 0.0, "c": 0.5}, {"a": ["table", "table"], "b": ["table", "late"]})
    assert list(found) == ["late", "table"]
    assert found["table"].value == 0.5
    assert (found["table"].rows, found["late"].rows) == (2, 1)
