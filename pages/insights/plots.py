"""Plots: questions over time, what people thought of which, and what took how long."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from assistant.facts import OUTCOMES
from assistant.insights.figures import Day, Kind, Stage

_HEIGHT = 240
_COLOURS = {
    "answered": "#397ba4",
    "not-found": "#c8792b",
    "stopped": "#a4508b",
    "failed": "#b3402a",
    "interrupted": "#5f7a7f",
}
"""They stand on a light and on a dark ground."""
_FEW = 10
"""Thumbs under which a share says little."""


def draw_days(days: Sequence[Day]) -> tuple[date, str] | None:
    """Questions of each day, stacked by how they ended; the day and outcome that were clicked."""
    import altair as alt

    there = {name: _COLOURS[name] for name in _COLOURS if any(day.outcome == name for day in days)}
    values = [
        {
            "day": f"{day.day}T12:00:00",
            "date": day.day.isoformat(),
            "outcome": OUTCOMES[day.outcome],
            "ended": day.outcome,
            "questions": day.questions,
        }
        for day in days
    ]
    names = [OUTCOMES[name] for name in there]
    chart = (
        alt.Chart({"values": values})
        .mark_bar()
        .encode(
            x=alt.X("yearmonthdate(day):T", title=None, axis=alt.Axis(labelOverlap=True, tickCount=6, format="%d %b")),
            y=alt.Y("sum(questions):Q", title="questions", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("outcome:N", legend=None, scale=alt.Scale(domain=names, range=list(there.values()))),
            order=alt.Order("outcome:N"),
            detail=["date:N", "ended:N"],
            tooltip=[
                alt.Tooltip("yearmonthdate(day):T", title="day", format="%d %b %Y"),
                alt.Tooltip("outcome:N", title="how they ended"),
                alt.Tooltip("sum(questions):Q", title="questions"),
            ],
        )
    )
    clicked = _draw(chart, "days", ("date", "ended"), alt_text="Questions of each day by how they ended")
    st.html(_legend_html({OUTCOMES[name]: colour for name, colour in there.items()}))
    return (date.fromisoformat(clicked["date"]), clicked["ended"]) if clicked else None


def draw_cost(days: Sequence[Day], *, currency: str) -> date | None:
    """What each day has cost; the one that was clicked."""
    import altair as alt

    values = [{"day": f"{day.day}T12:00:00", "date": day.day.isoformat(), "cost": day.cost} for day in days if day.cost]
    chart = (
        alt.Chart({"values": values})
        .mark_bar(color="#3f8a64")
        .encode(
            x=alt.X("yearmonthdate(day):T", title=None, axis=alt.Axis(labelOverlap=True, tickCount=6, format="%d %b")),
            y=alt.Y("sum(cost):Q", title=f"cost ({currency})"),
            detail=["date:N"],
            tooltip=[
                alt.Tooltip("yearmonthdate(day):T", title="day", format="%d %b %Y"),
                alt.Tooltip("sum(cost):Q", title="cost", format=".4f"),
            ],
        )
    )
    clicked = _draw(chart, "cost", ("date",), alt_text="Cost of each day")
    return date.fromisoformat(clicked["date"]) if clicked else None


def draw_satisfaction(kinds: Sequence[Kind], *, none: str) -> str | None:
    """The share of thumbs up by kind, with its interval; the kind that was clicked."""
    import altair as alt

    values = [
        {
            "name": kind.name or none,
            "kind": kind.name,
            "value": kind.satisfaction.value,
            "low": kind.satisfaction.low,
            "high": kind.satisfaction.high,
            "up": kind.satisfaction.count,
            "down": kind.satisfaction.of - kind.satisfaction.count,
            "questions": kind.questions,
            "few": kind.satisfaction.of < _FEW,
        }
        for kind in kinds
        if kind.satisfaction.of
    ]
    if not values:
        st.caption("Nobody has given a thumb to any of these yet.")
        return None
    base = alt.Chart({"values": values}).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=160)),
        opacity=alt.condition("datum.few", alt.value(0.45), alt.value(1)),
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("value:Q", title="thumbs up", format=".0%"),
            alt.Tooltip("low:Q", title="from", format=".0%"),
            alt.Tooltip("high:Q", title="to", format=".0%"),
            alt.Tooltip("up:Q", title="up"),
            alt.Tooltip("down:Q", title="down"),
            alt.Tooltip("questions:Q", title="questions"),
        ],
    )
    axis = alt.Axis(format="%", tickCount=5)
    x = alt.X("low:Q", title="thumbs up among thumbs", scale=alt.Scale(domain=[0, 1]), axis=axis)
    chart = base.mark_rule(strokeWidth=2, color="#397ba4").encode(x=x, x2="high:Q") + base.mark_point(
        filled=True, size=90, color="#397ba4"
    ).encode(x=alt.X("value:Q", title="thumbs up among thumbs"))
    clicked = _draw(chart, "thumbs", ("kind",), alt_text="Satisfaction with its interval", height=60 + 34 * len(values))
    few = f" Pale: fewer than {_FEW} thumbs, which say little." if any(value["few"] for value in values) else ""
    st.caption(f"Lines are the 95% interval.{few}")
    return clicked["kind"] if clicked else None


def draw_stages(stages: Sequence[Stage]) -> Stage | None:
    """The median and the slowest of each stage; the one that was clicked."""
    import altair as alt

    values = [
        {"name": stage.name, "median": stage.seconds.median, "p95": stage.seconds.p95, "n": stage.seconds.answers}
        for stage in stages
    ]
    base = alt.Chart({"values": values}).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=160)),
        tooltip=[
            alt.Tooltip("name:N", title="stage"),
            alt.Tooltip("median:Q", title="median, seconds", format=".3f"),
            alt.Tooltip("p95:Q", title="95% within, seconds", format=".3f"),
            alt.Tooltip("n:Q", title="answers"),
        ],
    )
    chart = base.mark_bar(color="#397ba4", opacity=0.35).encode(x=alt.X("p95:Q", title="seconds")) + base.mark_bar(
        color="#397ba4", height={"band": 0.45}
    ).encode(x=alt.X("median:Q", title="seconds"))
    clicked = _draw(chart, "stages", ("name",), alt_text="Seconds of each stage", height=60 + 34 * len(values))
    st.caption("Dark: the median. Pale: 95% of the answers are within.")
    return next((stage for stage in stages if clicked and stage.name == clicked["name"]), None)


def _draw(
    chart: Any, key: str, fields: Sequence[str], *, alt_text: str, height: int = _HEIGHT
) -> dict[str, Any] | None:
    """The fields of the mark that was clicked."""
    import altair as alt
    from altair.utils.schemapi import debug_mode

    clicks = chart.add_params(alt.selection_point(name="mark", fields=list(fields), on="click"))
    styled = clicks.configure_axis(grid=True, gridOpacity=0.4).configure_view(strokeWidth=0)
    with debug_mode(False):  # to hold our own charts against Vega's schema takes longer than all else that is drawn
        event = st.altair_chart(
            styled, width="stretch", height=height, alt=alt_text, key=f"insights-plot-{key}", on_select="rerun"
        )
    marks: Sequence[dict[str, Any]] = event["selection"].get("mark") or ()
    return marks[0] if marks else None


def _legend_html(colours: Mapping[str, str]) -> str:
    names = "".join(
        f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for name, colour in colours.items()
    )
    return f'<div class="legend">{names}</div>'
