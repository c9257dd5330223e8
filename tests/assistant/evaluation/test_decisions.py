from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from assistant.evaluation.decisions import Decision, accuracy, auroc, false_answers, false_refusals, risk_coverage

FEW = st.integers(0, 3).map(float)


def test_decisions_are_counted() -> None:
    decisions = [
        Decision(answerable=True, abstained=False),
        Decision(answerable=True, abstained=True),
        Decision(answerable=False, abstained=True),
        Decision(answerable=False, abstained=False),
        Decision(answerable=False, abstained=False),
    ]
    assert accuracy(decisions) == 2 / 5
    assert false_refusals(decisions) == 1 / 2
    assert false_answers(decisions) == 2 / 3


def test_of_nothing_there_is_no_share() -> None:
    assert accuracy([]) is None
    assert false_refusals([Decision(answerable=False, abstained=True)]) is None
    assert false_answers([Decision(answerable=True, abstained=True)]) is None
    assert np.isnan(risk_coverage([], []).area)
    assert np.isnan(auroc([1.0], [True]))


def test_the_curve_answers_the_surest_first() -> None:
    curve = risk_coverage([0.9, 0.1, 0.5], [0, 1, 1])
    assert curve.coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert curve.risk.tolist() == pytest.approx([0, 1 / 2, 2 / 3])
    assert curve.area == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)


@given(st.lists(st.tuples(FEW, FEW), min_size=1, max_size=5))
def test_ties_are_taken_in_all_orders(pairs: list[tuple[float, float]]) -> None:
    """Against the mean over every order that the confidences allow."""
    areas = []
    for order in permutations(pairs):
        if all(one[0] >= other[0] for one, other in pairwise(order)):
            losses = np.array([loss for _, loss in order])
            areas.append((losses.cumsum() / np.arange(1, len(losses) + 1)).mean())
    confidence, loss = zip(*pairs, strict=True)
    assert risk_coverage(confidence, loss).area == pytest.approx(np.mean(areas))


@given(st.lists(st.tuples(FEW, st.booleans()), min_size=2, max_size=30))
def test_auroc_is_scikit_learn_s(pairs: list[tuple[float, bool]]) -> None:
    scores, truths = zip(*pairs, strict=True)
    if len(set(truths)) == 2:
        assert auroc(scores, truths) == pytest.approx(roc_auc_score(truths, scores))


def test_series_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        auroc([1.0, 2.0], [True])
    with pytest.raises(ValueError, match="NaN"):
        risk_coverage([float("nan")], [1.0])
