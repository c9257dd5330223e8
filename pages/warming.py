"""What the desk and its pages load after the first draw, shown in the sidebar while they do."""

from importlib import import_module

import streamlit as st

from assistant.desk import Desk
from assistant.prompts import QUOTE


def draw_warming(desk: Desk) -> None:
    """Begin to load what the first question needs, now that the page is drawn, and show how far it is."""
    # The language model only where it has been asked for: quotes need none.
    choices = st.session_state.get("choices", desk.choices())
    warming = desk.warm(model=choices.prompt != QUOTE and choices.backend == "local")
    warming.start([("Loading what draws plots", lambda: import_module("altair"))])
    if warming.is_done and not any(step.error for step in warming.steps):
        return
    with st.sidebar:
        _draw_steps(desk)


@st.fragment(run_every=0.5)
def _draw_steps(desk: Desk) -> None:
    for step in desk.warming.steps:
        if step.error:
            st.warning(f"{step.label} failed: {step.error}", icon=":material/error:")
        elif step.seconds is None:
            st.caption(f":material/hourglass_top: {step.label} …")
            return
