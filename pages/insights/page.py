"""Insights: what people ask, how it went, and what went wrong."""

import streamlit as st

from pages.desk import the_desk
from pages.insights.choosing import choose, keep_choices
from pages.insights.figures import draw_totals
from pages.insights.opening import opened_rows
from pages.insights.rows import draw_rows
from pages.insights.sections import draw_sections
from pages.insights.style import STYLE
from pages.insights.topics import draw_grouping, keep_grouped


def draw() -> None:
    """The whole page."""
    st.html(STYLE)
    desk = the_desk()
    rows = opened_rows()
    st.title("Insights")
    if rows is not None:
        keep_choices()
        draw_rows(desk, rows)
        return
    if desk.insights.is_empty():
        st.markdown(
            "Nothing was asked yet. Once people ask, this page shows how many questions there are and how they end, "
            "what people think of the answers, what the documents do not answer, which documents are of use, "
            "and what takes long."
        )
        return
    keep_grouped(desk)
    selection = choose(desk)
    with st.spinner("Counting …", show_time=False):
        figures = desk.insights.figures(selection)
    currency = desk.settings.prices.currency
    with st.container(key="totals"):
        draw_totals(figures, selection, currency=currency)
    draw_grouping(desk)
    if figures.totals.questions:
        draw_sections(figures, selection, currency=currency, agreement=desk.diagnoses.agreement().share)
    else:
        st.markdown("There are no answers in these days that the filter lets through.")


draw()
