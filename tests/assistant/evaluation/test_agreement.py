import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from assistant.evaluation.agreement import agreement, kendall, spearman, weighted_kappa

PAIRS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=40)


@given(PAIRS)
def test_it_is_as_scipy_and_scikit_learn_have_it(pairs: list[tuple[int, int]]) -> None:
    a, b = zip(*pairs, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, nan_ok=True)
        assert kendall(a, b) == pytest.approx(stats.kendalltau(a, b).statistic, nan_ok=True)
        theirs = cohen_kappa_score(a, b, weights="quadratic", labels=[1, 2, 3, 4, 5])
    assert weighted_kappa(a, b) == pytest.approx(theirs, nan_ok=True)


def test_raters_who_agree_disagree_or_say_nothing() -> None:
    scores = [1, 2, 3, 4, 5, 3]
    assert agreement(scores, scores).kappa == agreement(scores, scores).spearman == pytest.approx(1)
    assert kendall([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert math.isnan(agreement([], []).kappa)
    assert math.isnan(agreement([2, 2], [1, 3]).spearman)
    assert "on 6 items" in str(agreement(scores, scores))


def test_half_points_are_scores_too() -> None:
    a, b = [1.5, 2.0, 4.5, 5.0], [1.0, 2.5, 4.0, 5.0]
    assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    assert 0.9 < weighted_kappa(a, b) < 1


@pytest.mark.parametrize(("one", "other"), [([1, 2], [1]), ([1, math.nan], [1, 2]), (np.ones((2, 2)), np.ones((2, 2)))])
def test_what_is_no_pair_of_series_is_refused(one: object, other: object) -> None:
    with pytest.raises(ValueError, match=r"series|NaN"):
        agreement(one, other)  # type: ignore[arg-type]
