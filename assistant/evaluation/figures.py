"""Measures as people read them: numbers, and the columns of a table of several runs."""

from collections.abc import Iterable

from assistant.evaluation.measures import MEASURES, Measure
from assistant.evaluation.statistics import Interval
from assistant.evaluation.summaries import Summary

COLUMNS = (
    "answer_f1",
    "gives_gold",
    "groundedness",
    "summary_rouge_l",
    "summary_support",
    "summary_s",
    "false_refusals",
    "false_answers",
    "document_ndcg_10",
    "quote_share_5",
    "judged_correctness",
    "total_s_p50",
    "total_s_p95",
    "cost",
    "errors",
)
"""Measures of a table of several runs, of which those are left out that none has a value of."""


def columns(summaries: Iterable[Summary | None]) -> list[Measure]:
    """Those of the columns that one of the summaries has something to say in: of errors, that there are some."""
    known = [summary for summary in summaries if summary is not None]
    wanted = [name for name in COLUMNS if any(summary.value(name) is not None for summary in known)]
    return [MEASURES[name] for name in wanted if name != "errors" or any(summary.value(name) for summary in known)]


def number(measure: Measure, value: float | None) -> str:
    """A value as people read it; "–" where there is none."""
    if value is None:
        return "–"
    digits = {"tokens": 0, "points": 2, "money": 5}.get(measure.unit, 3)
    return f"{value:.{digits}f}"


def spread(measure: Measure, of: Interval) -> str:
    """A value with its interval."""
    return f"{number(measure, of.value)} [{number(measure, of.low)}, {number(measure, of.high)}]"


def brief(measure: Measure, of: Interval | None) -> str:
    """A value with its interval in as few digits as a table of several runs needs; "–" where there is none."""
    if of is None:
        return "–"
    digits = {"tokens": 0, "points": 1, "money": 5}.get(measure.unit, 2)
    return f"{of.value:.{digits}f} [{of.low:.{digits}f}, {of.high:.{digits}f}]"
