"""Fills the page. Documents, questions and models are not trusted: everything that they say is escaped."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.data_sets.rows import Row
from assistant.evaluation.comparison import RunComparison, compare_runs
from assistant.evaluation.export import Exported
from assistant.evaluation.figures import columns, number, spread
from assistant.evaluation.measures import MEASURES, Measure
from assistant.evaluation.ranking import holds
from assistant.evaluation.results import Hit, Result
from assistant.evaluation.runs import UnknownRun
from assistant.evaluation.statistics import Interval
from assistant.evaluation.summaries import Asked
from assistant.support import Judgement

if TYPE_CHECKING:
    from jinja2 import Environment

_CHANGES = 200
"""Most rows that changed which a comparison shows."""


def run_report(runs: Sequence[Exported]) -> str:
    """One run or several with all their rows, as HTML; several are each compared with the first."""
    first, *others = runs
    compared = [(first, other, compare_runs(first.asked, other.asked)) for other in others]
    return _filled(title=first.run.label if not others else f"{len(runs)} runs", runs=runs, compared=compared)


def comparison_report(first: Exported, second: Exported, found: RunComparison) -> str:
    """What the second of two runs gained over the first, as HTML, with the rows that changed."""
    title = f"{first.run.label} → {second.run.label}"
    return _filled(title=title, runs=[first, second], compared=[(first, second, found)], with_rows=False)


def write_report(path: Path, html: str) -> None:
    """Write a report; an existing file is replaced.

    Raises:
        UnknownRun: it cannot be written.
    """
    try:
        path.write_text(html, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UnknownRun(f"“{path}” cannot be written: {error.strerror}.") from None


def verdict(asked: Asked) -> str:
    """How a row came out: right, wrong, refused, false answer, stopped or failed.

    Or answered, where the row does not say with what, and searched, where only passages were asked for.
    """
    result, measures = asked.result, asked.measures
    if result.answer is None:
        return "searched"
    if result.error is not None:
        return "failed"
    if result.stop_reason is not None:
        return "stopped"
    if not asked.row.answerable:
        return "right" if result.abstained else "false answer"
    if result.abstained:
        return "refused"
    if measures.get("gives_gold") is not None:
        return "right" if measures["gives_gold"] else "wrong"
    if measures.get("source_recall") is None:
        return "answered"
    return "right" if measures["source_recall"] else "wrong"


def marked(result: Result) -> Iterator[tuple[str, Judgement | None]]:
    """The answer in pieces: each sentence with what the passages say of it, and what stands between them."""
    answer, end = result.answer or "", 0
    for judgement in result.judgements:
        if judgement.span.start > end:
            yield answer[end : judgement.span.start], None
        yield answer[judgement.span.start : judgement.span.end], judgement
        end = judgement.span.end
    if end < len(answer):
        yield answer[end:], None


def _filled(
    *,
    title: str,
    runs: Sequence[Exported],
    compared: Sequence[tuple[Exported, Exported, RunComparison]],
    with_rows: bool = True,
) -> str:
    shown = columns(one.run.summary for one in runs)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(title=title, runs=runs, compared=compared, with_rows=with_rows, columns=shown, most_changes=_CHANGES)
    )


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"MEASURES": MEASURES, "bar": _bar, "holds": _holds, "groups": _groups, "flat": _flat}
    environment.filters |= {
        "number": lambda value, measure: number(measure, value),
        "spread": lambda interval, measure: spread(measure, interval),
        "verdict": verdict,
        "marked": marked,
    }
    return environment


def _bar(measure: Measure, of: Interval) -> dict[str, float] | None:
    """Where the bar of a share and its interval begin and end, in percent; None for what is no share."""
    if measure.unit:
        return None
    low, value, high = (100 * min(1.0, max(0.0, one)) for one in (of.low, of.value, of.high))
    return {"value": round(value, 2), "low": round(low, 2), "width": round(high - low, 2)}


def _holds(hit: Hit, row: Row) -> bool:
    """Whether a passage holds a source of the row."""
    return any(holds(hit, source, "quote") for source in row.sources)


def _groups(measures: Mapping[str, Interval]) -> dict[str, list[tuple[Measure, Interval]]]:
    """Measures by their group."""
    grouped: dict[str, list[tuple[Measure, Interval]]] = {}
    for name, of in measures.items():
        if name in MEASURES:
            grouped.setdefault(MEASURES[name].group, []).append((MEASURES[name], of))
    return grouped


def _flat(record: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Names and values of nested tables."""
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        elif value not in (None, "", [], ()):
            yield f"{above}{name}", ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
