"""Runs as tables of text: one with all its measures, or several side by side."""

from collections.abc import Iterator, Sequence

from assistant.evaluation.figures import columns, number, spread
from assistant.evaluation.measures import MEASURES
from assistant.evaluation.runs import Run


def runs_table(runs: Sequence[Run]) -> list[str]:
    """A line a run, the measures beside each other."""
    shown = columns(run.summary for run in runs)
    head = ["run", "data set", "backend × prompt", "rows", *(measure.label for measure in shown)]
    lines = [
        [
            run.id,
            run.data_set,
            run.configuration.name,
            str(run.done) if run.state == "done" else f"{run.done} of {run.total} ({run.state})",
            *(number(measure, run.summary.value(measure.name) if run.summary else None) for measure in shown),
        ]
        for run in runs
    ]
    return list(_aligned([head, *lines]))


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
    return [head, "", *_aligned(measures), *_slices(run)]


def _aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Cells under each other, two blanks apart."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _slices(run: Run) -> list[str]:
    summary = run.summary
    if summary is None or not summary.slices:
        return []
    shown = columns([summary])
    lines = [[tag, *(number(measure, summary.value(measure.name, tag)) for measure in shown)] for tag in summary.slices]
    return ["", *_aligned([["tag", *(measure.label for measure in shown)], *lines])]
