"""Evaluation: how good the answers are, what that is measured with, and what makes them better."""

import streamlit as st

from pages.desk import the_desk
from pages.evaluation.compare import draw_compare
from pages.evaluation.progress import draw_progress
from pages.evaluation.runs import draw_runs
from pages.evaluation.style import STYLE

_SECTIONS = {
    "runs": (":material/monitoring: Runs", draw_runs),
    "compare": (":material/compare_arrows: Compare", draw_compare),
}


def draw() -> None:
    """The whole page."""
    st.set_page_config(layout="wide")
    st.html(STYLE)
    desk = the_desk()
    st.title("Evaluation")
    section = st.segmented_control(
        "Section",
        list(_SECTIONS),
        default="runs",
        required=True,
        format_func=lambda name: _SECTIONS[name][0],
        key="section",
        label_visibility="collapsed",
        bind="query-params",
        wrap=True,
    )
    draw_progress(desk)
    _SECTIONS[section or "runs"][1](desk)


draw()
