"""The most important figures, each with its change, and each a way to the answers behind it."""

from dataclasses import replace
from html import escape

import streamlit as st

from assistant.insights import Selection
from assistant.insights.figures import Figures, Totals
from pages.insights.opening import open_rows


def draw_totals(figures: Figures, selection: Selection, *, currency: str) -> None:
    """Two lines of them."""
    now, before = figures.totals, figures.before
    places = st.columns(4)
    with places[0]:
        people = f"by {now.people} {'person' if now.people == 1 else 'people'}"
        _draw(
            "Questions",
            f"{now.questions:,}",
            [people, _more(now.questions, before.questions if before else None)],
            selection,
        )
    with places[1]:
        share = now.satisfaction
        said = (
            [
                f"{share.count:,} up, {share.of - share.count:,} down ({share.low:.0%} – {share.high:.0%})",
                _points(share.value, before.satisfaction.value if before else None),
            ]
            if share.of
            else ["nobody has said yet"]
        )
        _draw(
            "Satisfaction",
            "–" if share.value is None else f"{share.value:.0%}",
            said,
            replace(selection, vote=0),
            opens="all thumbs",
        )
    with places[2]:
        _draw_outcome("not-found", "Not in the documents", now, before, selection)
    with places[3]:
        _draw_outcome("stopped", "Stopped by a rail", now, before, selection)
    places = st.columns(4)
    with places[0]:
        if now.first is not None:
            was = before.first.median if before and before.first else None
            said = [f"95% within {now.first.p95:.2f} s", _more(now.first.median, was, better_less=True)]
            slowest = replace(selection, slow="first_s", slow_s=now.first.p95)
            _draw("First word", f"{now.first.median:.2f} s", said, slowest, opens="the slowest")
    with places[1]:
        if now.total is not None:
            was = before.total.median if before and before.total else None
            said = [f"95% within {now.total.p95:.2f} s", _more(now.total.median, was, better_less=True)]
            slowest = replace(selection, slow_s=now.total.p95)
            _draw("Whole answer", f"{now.total.median:.2f} s", said, slowest, opens="the slowest")
    with places[2]:
        if now.cost is not None:
            per = f"{currency}{now.cost / now.questions:.4f} a question" if now.questions else ""
            _draw(
                "Cost", f"{currency}{now.cost:,.2f}", [per, _more(now.cost, before.cost if before else None)], selection
            )
        else:
            _draw("Tokens", f"{now.tokens:,}", ["nothing was paid"], selection)
    with places[3]:
        _draw_outcome("failed", "The model failed", now, before, selection)


def _draw_outcome(outcome: str, label: str, now: Totals, before: Totals | None, selection: Selection) -> None:
    count = now.outcomes[outcome]
    said = [f"{count / now.questions:.1%} of all" if now.questions else ""]
    if before is not None and before.questions and now.questions:
        said.append(_points(count / now.questions, before.outcomes[outcome] / before.questions, better_less=True))
    _draw(label, f"{count:,}", said, replace(selection, outcome=outcome))


def _draw(label: str, value: str, said: list[str], selection: Selection, *, opens: str = "") -> None:
    """A figure; a click on it opens its rows."""
    st.html(f'<div class="figure-label">{escape(label)}</div>')
    with st.container(key=f"figure-{label.replace(' ', '-').lower()}"):
        title = f"{label}: {opens}" if opens else label
        if st.button(
            value,
            type="tertiary",
            key=f"open-{label}",
            help=f"See the answers behind it{f': {opens}' if opens else ''}",
        ):
            open_rows(selection, title)
    st.html(f'<div class="change">{" · ".join(part for part in said if part)}</div>')


def _more(now: float, before: float | None, *, better_less: bool = False) -> str:
    """By how much it grew, in a share."""
    if not before:
        return ""
    change = now / before - 1
    if abs(change) < 0.005:
        return "as before"
    way = ("better" if change < 0 else "worse") if better_less else ""
    return f'<span class="{way}">{"▲" if change > 0 else "▼"} {abs(change):.0%}</span>'


def _points(now: float | None, before: float | None, *, better_less: bool = False) -> str:
    """By how much a share grew, in points of a hundred."""
    if now is None or before is None:
        return ""
    change = 100 * (now - before)
    if abs(change) < 0.05:
        return "as before"
    way = "better" if (change < 0) == better_less else "worse"
    return f'<span class="{way}">{"▲" if change > 0 else "▼"} {abs(change):.1f} points</span>'
