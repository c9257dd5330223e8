"""Measures with their intervals, as a table with bars."""

from collections.abc import Mapping
from html import escape

from assistant.evaluation.figures import number
from assistant.evaluation.measures import MEASURES, Group, Measure
from assistant.evaluation.statistics import Interval

_GROUPS: Mapping[Group, str] = {
    "answer": "Answers",
    "decision": "Decisions",
    "support": "Support by the passages",
    "retrieval": "Retrieval",
    "judge": "Judge",
    "speed": "Speed",
    "cost": "Cost",
}


def measures_html(measures: Mapping[str, Interval]) -> str:
    """A small table for each group of measures."""
    tables = []
    for group, title in _GROUPS.items():
        lines = [
            _line(MEASURES[name], of)
            for name, of in measures.items()
            if name in MEASURES and MEASURES[name].group == group
        ]
        if lines:
            tables.append(f"<table><caption>{title}</caption>{''.join(lines)}</table>")
    return f'<div class="measures">{"".join(tables)}</div>'


def _line(measure: Measure, of: Interval) -> str:
    arrow = ' <span title="lower is better">↓</span>' if measure.lower_is_better and not measure.unit else ""
    return (
        f'<tr title="{escape(measure.about)} {of.rows} rows."><th>{escape(measure.label)}{arrow}</th>'
        f'<td class="bar">{_bar(measure, of)}</td><td>{number(measure, of.value)}</td>'
        f'<td class="about">{number(measure, of.low)} – {number(measure, of.high)}</td></tr>'
    )


def _bar(measure: Measure, of: Interval) -> str:
    """Of a share: how much of the whole it is, and its interval."""
    if measure.unit:
        return ""
    low, value, high = (100 * min(1.0, max(0.0, one)) for one in (of.low, of.value, of.high))
    return (
        f'<span class="track"><span class="fill" style="width:{value:.1f}%"></span>'
        f'<span class="spread" style="left:{low:.1f}%;width:{high - low:.1f}%"></span></span>'
    )
