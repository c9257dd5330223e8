"""What a page without a conversation shows: how to begin."""

import streamlit as st

from assistant.desk import Desk
from pages.batches import draw_batch


def draw_welcome(desk: Desk) -> None:
    """Examples to try, or how to get documents onto the desk."""
    st.title("Ask your documents")
    st.markdown(
        "Every answer is made of sentences from the documents, each with its source: "
        "click a source to see the passage on its page."
    )
    counts = desk.catalogue.counts()
    if not counts["documents"]:
        st.markdown("The desk has no documents yet. Drop files into the box below, or begin with the samples.")
        left, right = st.columns(2)
        wanted = left.button("Load the samples", icon=":material/auto_stories:", type="primary", width="stretch")
        right.page_link("documents.py", label="Add documents", icon=":material/upload_file:", width="stretch")
        if wanted and draw_batch(desk, desk.samples.load()):
            st.rerun()
        return
    st.caption(f"{counts['documents']} documents, {counts['passages']} passages on the desk.")
    if "samples" in desk.catalogue.collections():
        st.markdown("Try one of these:")
        for number, example in enumerate(desk.samples.questions()):
            st.button(example, key=f"example-{number}", width="stretch", on_click=_ask, args=(example,))


def _ask(question: str) -> None:
    st.session_state.again = (question, None)
