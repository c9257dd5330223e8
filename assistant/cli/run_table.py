"""Runs as tables of text: one with all its measures, or several side by side."""

from collections.abc import Iterator, Sequence

from assistant.evaluation.measures import MEASURES, Measure
from assistant.evaluation.runs import Run
from assistant.evaluation.statistics import Interval

COLUMNS = (
    "answer_f1",
    "gives_gold",
    "groundedness",
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


def number(measure: Measure, value: float | None) -> str:
    """A value as people read it; "–" where there is none."""
    if value is None:
        return "–"
    return {"tokens": f"{value:.0f}", "money": f"{value:.5f}", "points": f"{value:.2f}"}.get(
        measure.unit, f"{value:.3f}"
    )


def spread(measure: Measure, of: Interval) -> str:
    """A value with its interval."""
    return f"{number(measure, of.value)} [{number(measure, of.low)}, {number(measure, of.high)}]"


def runs_table(runs: Sequence[Run]) -> list[str]:
    """A line a run, the measures beside each other."""
    shown = [
        MEASURES[name] for name in COLUMNS if any(run.summary and run.summary.value(name) is not None for run in runs)
    ]
    head = ["run", "backend × prompt", "rows", *(measure.label for measure in shown)]
    lines = [
        [
            run.id,
            run.configuration.name,
            str(run.done),
            *(number(measure, run.summary.value(measure.name) if run.summary else None) for measure in shown),
        ]
        for run in runs
    ]
    return list(aligned([head, *lines]))


def summary_lines(run: Run) -> list[str]:
    """A run with all its measures, and by tag those of the table of several."""
    if run.summary is None:
        return [f"The run {run.id} is {run.state}: {run.done} of {run.total} rows are asked."]
    head = f"{run.label}: {run.done} rows of {run.data_set}, run {run.id}"
    measures = [
        [MEASURES[name].label, spread(MEASURES[name], of), f"{of.rows} rows"]
        for name, of in run.summary.measures.items()
        if name in MEASURES
    ]
    return [head, "", *aligned(measures), *_slices(run)]


def aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Cells under each other, two blanks apart."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _slices(run: Run) -> list[str]:
    summary = run.summary
    if summary is None or not summary.slices:
        return []
    shown = [name for name in COLUMNS if any(name in measures for measures in summary.slices.values())]
    lines = [[tag, *(number(MEASURES[name], summary.value(name, tag)) for name in shown)] for tag in summary.slices]
    return ["", *aligned([["tag", *(MEASURES[name].label for name in shown)], *lines])]
