from datetime import UTC, datetime, timedelta

import pytest

from assistant.evaluation.configuration import Configuration
from assistant.evaluation.runs import Run
from assistant.evaluation.statistics import Interval
from assistant.evaluation.summaries import Summary
from assistant.evaluation.trends import against, by_rows, entrants, over_time

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _run(hour: int, prompt: str, rows: str = "same", **measures: float) -> Run:
    intervals = {name: Interval(value=value, low=value, high=value, rows=9) for name, value in measures.items()}
    return Run(
        id=f"{hour:012x}",
        label=prompt,
        data_set="samples",
        rows_hash=rows,
        configuration=Configuration(prompt=prompt),
        state="done" if measures else "cancelled",
        total=9,
        done=9,
        summary=Summary(measures=intervals) if measures else None,
        created_at=NOON + timedelta(hours=hour),
        finished_at=None,
    )


RUNS = [
    _run(4, "direct@2", answer_f1=0.6, total_s_p50=9.0, cost=0.01),
    _run(3, "quote@1", answer_f1=0.5, total_s_p50=0.2),
    _run(2, "quote@1", answer_f1=0.4, total_s_p50=0.3),
    _run(1, "quote@1", rows="others", answer_f1=0.9, total_s_p50=0.3),
    _run(0, "quote@1"),
]


def test_time_goes_forward_over_runs_that_have_a_value() -> None:
    assert [point.of.value for point in over_time(RUNS, "answer_f1")] == [0.9, 0.4, 0.5, 0.6]
    assert over_time(RUNS, "rouge_l") == []


def test_entrants_are_the_newest_of_each_on_the_rows_asked_last() -> None:
    assert [run.created_at.hour for run in entrants(RUNS)] == [16, 15]
    assert entrants([]) == []


@pytest.mark.parametrize(("other", "expected"), [("total_s_p50", [9.0, 0.2]), ("cost", [0.01, 0.0])])
def test_entrants_stand_against_what_they_take(other: str, expected: list[float]) -> None:
    assert [point.against for point in against(RUNS, "answer_f1", other)] == expected


def test_nothing_stands_against_what_nobody_has() -> None:
    assert against(RUNS[1:], "answer_f1", "cost") == []


def test_runs_stand_together_that_asked_the_same_rows() -> None:
    found = by_rows(RUNS)
    assert [len(runs) for runs in found.values()] == [3, 1]
    assert list(found) == ["samples, 9 rows", "samples, 9 rows, until 01 Jan 2026, 13:00"]
