import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.evaluation.decisions import auroc
from assistant.evaluation.measures import MEASURES
from assistant.evaluation.summaries import Asked, Summary, summarise
from assistant.events import Timings
from tests.assistant.evaluation.examples import ABSTAINED, NO_ANSWER, ROW, asked


def _rows(decisions: list[tuple[bool, bool, float]]) -> list[Asked]:
    """Rows by (answerable, abstained, confidence)."""
    return [
        asked(
            replace(ROW if answerable else NO_ANSWER, id=str(at)),
            **{**(ABSTAINED if abstained else {}), "confidence": confidence},
        )
        for at, (answerable, abstained, confidence) in enumerate(decisions)
    ]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 1)), min_size=1, max_size=12))
@settings(max_examples=15, deadline=None)
def test_every_measure_lies_in_its_interval_and_comes_back_from_json(
    decisions: list[tuple[bool, bool, float]],
) -> None:
    rows = _rows(decisions)
    summary = summarise(rows)
    for name, of in summary.measures.items():
        assert of.low <= of.value + 1e-9, name
        assert of.value <= of.high + 1e-9 or MEASURES[name].of_run
        if not MEASURES[name].of_run:
            values = [value for one in rows if (value := one.measures[name]) is not None]
            assert of.value == pytest.approx(np.mean(values))
            assert of.rows == len(values)
    assert Summary.from_json(json.loads(json.dumps(summary.to_json()))) == summary


def test_measures_of_a_run_are_of_its_rows_together() -> None:
    rows = _rows([(True, False, 0.9), (True, True, 0.3), (False, True, 0.2), (False, False, 0.6), (True, False, 0.5)])
    seconds = [0.1, 0.2, 0.3, 0.4, 10.0]
    rows = [
        Asked.of(one.row, replace(one.result, timings=Timings(retrieve_s=0, quote_s=0, first_token_s=None, total_s=s)))
        for one, s in zip(rows, seconds, strict=True)
    ]
    summary = summarise(rows)
    assert summary.value("total_s_p50") == pytest.approx(0.3)
    assert summary.value("confidence_auroc") == pytest.approx(auroc([0.9, 0.3, 0.2, 0.6, 0.5], [1, 1, 0, 0, 1]))
    # Surest first: right, wrong (nothing to answer), right, refused, rightly refused (which answers nothing either).
    assert summary.value("risk_area") == pytest.approx(np.mean([0, 1 / 2, 1 / 3, 2 / 4, 3 / 5]))


def test_what_no_row_has_is_left_out_and_tags_have_measures_of_their_own() -> None:
    summary = summarise([asked(replace(ROW, tags=("money", "of:other"))), asked(NO_ANSWER, **ABSTAINED)])
    assert "first_token_s" not in summary.measures
    assert list(summary.slices) == ["money", "unanswerable"]
    assert summary.value("false_refusals", "money") == 0
    assert summary.value("false_refusals", "unanswerable") is None
    assert summary.value("false_refusals", "nowhere") is None
    assert "confidence_auroc" in summary.measures
    assert "confidence_auroc" not in summary.slices["money"]
