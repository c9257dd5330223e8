"""Evaluation: how good the answers are, what that is measured with, and what makes them better."""

from collections.abc import Callable, Mapping

import streamlit as st

from assistant.desk import Desk
from pages.desk import the_desk
from pages.evaluation.compare import draw_compare
from pages.evaluation.data_sets import draw_data_sets
from pages.evaluation.progress import draw_progress
from pages.evaluation.prompts import draw_prompts
from pages.evaluation.runs import draw_runs
from pages.evaluation.style import STYLE
from pages.evaluation.trials import draw_trials

# By their names, which the page's address has too. (A text behind it would be drawn: Streamlit's "magic".)
_SECTIONS: Mapping[str, Callable[[Desk], None]] = {
    "Runs": draw_runs,
    "Compare": draw_compare,
    "Data sets": draw_data_sets,
    "Prompts": draw_prompts,
    "Trials": draw_trials,
}


def draw() -> None:
    """The whole page."""
    st.html(STYLE)
    desk = the_desk()
    st.title("Evaluation")
    section = st.segmented_control(
        "Section",
        list(_SECTIONS),
        default="Runs",
        required=True,
        key="section",
        label_visibility="collapsed",
        bind="query-params",
        wrap=True,
    )
    draw_progress(desk)
    _SECTIONS[section or "Runs"](desk)


draw()
