"""Models: what can answer on this machine, how each was judged, and the way to a new one."""

import streamlit as st

from pages.desk import the_desk
from pages.models.card import draw_card
from pages.models.history import draw_history
from pages.models.starting import draw_start
from pages.models.under_way import draw_under_way
from pages.visitors import this_person


def draw() -> None:
    """The whole page."""
    desk, person = the_desk(), this_person()
    st.title("Models")
    st.markdown(
        "A model of the desk's own is made of what people approved, judged as it will be served, and answers only when "
        "somebody promotes it. What was promoted can be taken back at once."
    )
    draw_under_way(desk)
    draw_start(desk)
    for entry in desk.registry.entries():
        draw_card(desk, person, entry)
    draw_history(desk)


draw()
