"""A passage in its document, in a dialog: the page's picture with the place marked, or the text around it."""

from html import escape

import streamlit as st

from assistant.desk import Desk
from assistant.passage_view import PassageGone
from ingest.catalogue import Passage
from pages.labels import as_label


@st.dialog("Source", width="medium")
def show_passage(desk: Desk, passage: Passage, start: int, end: int) -> None:
    """Show the span [start, end) of the passage's document."""
    st.markdown(f"**{as_label(passage.document)}**")
    try:
        view = desk.view(passage.version_id, start, end, page=passage.page_at(start))
    except PassageGone as gone:
        st.info(str(gone))
        return
    where = [f"page {view.page} of {view.page_count}" if view.page and view.page_count else "", *passage.headings]
    st.caption(as_label(" › ".join(filter(None, where))))
    if view.picture is not None and view.detail is not None:
        whole = st.toggle("Whole page", key="whole-page")
        st.image(view.picture if whole else view.detail, width="stretch", alt=view.alt)
        return
    st.html(
        '<div class="passage">'
        f'<span class="around">{escape(view.before)}</span><mark>{escape(view.marked)}</mark>'
        f'<span class="around">{escape(view.after)}</span></div>'
    )
