"""The one desk of this server, shared by everybody's pages."""

import streamlit as st

from assistant.desk import Desk, open_desk


@st.cache_resource(show_spinner="Opening the desk …")
def the_desk() -> Desk:
    """The desk, opened once a server."""
    return open_desk()
