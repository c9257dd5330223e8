"""Plots of runs: a measure over time, and against seconds and cost."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from assistant.evaluation.measures import MEASURES, Measure
from assistant.evaluation.runs import Run
from assistant.evaluation.trends import Point, against, by_rows, over_time

_MEASURES = (
    "gives_gold",
    "answer_f1",
    "groundedness",
    "decision_accuracy",
    "false_refusals",
    "false_answers",
    "document_ndcg_10",
    "quote_share_5",
    "judged_correctness",
)
_AGAINST = {"total_s_p50": "seconds until the answer is whole, median", "cost": "cost of an answer"}
_HEIGHT = 260
_COLOURS = ("#397ba4", "#c8792b", "#3f8a64", "#a4508b", "#b3402a", "#8a7a2f", "#5a6fc0", "#5f7a7f")
"""They stand on a light and on a dark ground."""


def draw_plots(runs: Sequence[Run], *, currency: str) -> None:
    """Both plots, for the data set and the measure that are chosen."""
    sets = by_rows(runs)
    if not sets:
        return
    left, right = st.columns(2)
    of_set = sets[left.selectbox("Rows asked", list(sets), key="plotted-set")]
    known = [name for name in _MEASURES if over_time(of_set, name)]
    if not known:
        st.caption("None of these runs has a value of any measure.")
        return
    name = right.selectbox("Measure", known, format_func=lambda name: MEASURES[name].label, key="plotted-measure")
    measure = MEASURES[name]
    points = over_time(of_set, name)
    colours = {
        one: _COLOURS[at % len(_COLOURS)] for at, one in enumerate(dict.fromkeys(point.name for point in points))
    }
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Over time**")
        _draw(_over_time(points, measure, colours), alt=f"{measure.label} of each run over time")
    with right:
        _draw_against(of_set, measure, colours, currency)
    st.html(_legend_html(colours, measure))


def _draw_against(runs: Sequence[Run], measure: Measure, colours: Mapping[str, str], currency: str) -> None:
    plots = {other: points for other in _AGAINST if (points := against(runs, measure.name, other))}
    if not plots:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Against what it takes**")
        other = next(iter(plots))
        if len(plots) > 1:
            chosen = st.segmented_control(
                "Against",
                list(plots),
                format_func=lambda name: "cost" if name == "cost" else "seconds",
                default=other,
                required=True,
                key="plotted-against",
                label_visibility="collapsed",
            )
            other = chosen or other
    title = _AGAINST[other] + (f" ({currency})" if other == "cost" else "")
    _draw(_against(plots[other], measure, colours, title), alt=f"{measure.label} against {title}")


def _draw(chart: Any, *, alt: str) -> None:
    st.altair_chart(chart, width="stretch", height=_HEIGHT, alt=alt)


def _over_time(points: Sequence[Point], measure: Measure, colours: Mapping[str, str]) -> Any:
    import altair as alt

    values = [_value(point) for point in points]
    base = alt.Chart({"values": values}).encode(
        x=alt.X("at:T", title=None, axis=alt.Axis(labelOverlap=True, tickCount=4, format="%d %b %H:%M")),
        color=_colour(colours),
        tooltip=_tooltip(measure),
    )
    return _styled(
        base.mark_line(strokeWidth=1.5).encode(y=_y(measure))
        + base.mark_rule(opacity=0.45).encode(y=alt.Y("low:Q"), y2="high:Q")
        + base.mark_point(filled=True, size=55, opacity=1).encode(y="value:Q")
    )


def _against(points: Sequence[Point], measure: Measure, colours: Mapping[str, str], title: str) -> Any:
    import altair as alt

    values = [_value(point) for point in points]
    base = alt.Chart({"values": values}).encode(
        x=alt.X("against:Q", title=title, scale=alt.Scale(zero=True, nice=True)),
        color=_colour(colours),
        tooltip=[*_tooltip(measure), alt.Tooltip("against:Q", title=title, format=".3~f")],
    )
    return _styled(
        base.mark_rule(opacity=0.45).encode(y=_y(measure, "low"), y2="high:Q")
        + base.mark_point(filled=True, size=90, opacity=1).encode(y="value:Q")
    )


def _y(measure: Measure, field: str = "value") -> Any:
    import altair as alt

    scale = alt.Scale(zero=False, nice=True) if measure.unit else alt.Scale(domain=[0, 1])
    return alt.Y(f"{field}:Q", title=measure.label, scale=scale)


def _colour(colours: Mapping[str, str]) -> Any:
    import altair as alt

    return alt.Color("name:N", legend=None, scale=alt.Scale(domain=list(colours), range=list(colours.values())))


def _legend_html(colours: Mapping[str, str], measure: Measure) -> str:
    """One for both plots: who is which colour, and which way is up."""
    names = "".join(
        f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for name, colour in colours.items()
    )
    way = "Lower is better" if measure.lower_is_better else "Higher is better"
    about = f"{measure.about} {way}; lines are the 95% interval."
    return f'<div class="legend">{names}</div><div class="facts">{escape(about)}</div>'


def _tooltip(measure: Measure) -> list[Any]:
    import altair as alt

    return [
        alt.Tooltip("label:N", title="run"),
        alt.Tooltip("name:N", title="answered by"),
        alt.Tooltip("spread:N", title=measure.label),
        alt.Tooltip("rows:Q", title="rows"),
        alt.Tooltip("at:T", title="begun", format="%d %b %Y, %H:%M"),
    ]


def _styled(chart: Any) -> Any:
    return chart.configure_axis(grid=True, gridOpacity=0.4).configure_view(strokeWidth=0)


def _value(point: Point) -> dict[str, Any]:
    of = point.of
    return {
        "name": point.name,
        "label": point.run.label,
        "at": point.at.isoformat(),
        "value": of.value,
        "low": of.low,
        "high": of.high,
        "rows": of.rows,
        "spread": f"{of.value:.3f} [{of.low:.3f}, {of.high:.3f}]",
        "against": point.against,
    }
