"""What all pages share: navigation, looks, and what goes on in the background."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value

from pages.desk import the_desk
from pages.style import STYLE
from pages.warming import draw_warming

# A file of ours: a browser would fetch a named icon from a font server.
ICON = Path(__file__).parent / "icon.png"

# A fragment leaves its own container as the place to draw in, and a whole run that the same thread does next would
# begin there: in the sidebar, or in a dialog (Streamlit 1.67).
context_dg_stack.set(get_default_dg_stack_value())

# Before the navigation, whose icon the browser would fetch for the tab's.
st.set_page_config(page_title="Refdesk", page_icon=str(ICON))
page = st.navigation(
    [
        st.Page("chat.py", title="Ask", icon=":material/forum:", default=True),
        st.Page("documents.py", title="Documents", icon=":material/folder_open:", url_path="documents"),
        st.Page("review/page.py", title="Review", icon=":material/rate_review:", url_path="review"),
        st.Page("evaluation/page.py", title="Evaluation", icon=":material/monitoring:", url_path="evaluation"),
        st.Page("models/page.py", title="Models", icon=":material/model_training:", url_path="models"),
        st.Page("insights/page.py", title="Insights", icon=":material/insights:", url_path="insights"),
    ]
)
# Once a run: a page that asked for another layout itself would flicker between the two.
st.set_page_config(layout="centered" if page.url_path in ("", "documents") else "wide")
st.html(STYLE)
page.run()
draw_warming(the_desk())
