"""Documents: what is on the desk, and how more gets there."""

import streamlit as st

from assistant.desk import Desk
from assistant.uploads import KIND, Upload
from ingest.parsing import SUFFIXES, describe_formats
from pages.batches import draw_jobs
from pages.desk import the_desk
from pages.missing import draw_missing
from pages.summary import draw_summary
from pages.visitors import this_person


def draw() -> None:
    """The whole page."""
    desk = the_desk()
    st.title("Documents")
    _draw_upload(desk)
    _draw_recent(desk)
    draw_missing(desk, this_person())
    _draw_list(desk)


def _draw_upload(desk: Desk) -> None:
    with st.form("upload", clear_on_submit=True, border=True):
        files = st.file_uploader(
            "Drop files here",
            accept_multiple_files=True,
            type=sorted(suffix.lstrip(".") for suffix in SUFFIXES),
            help=f"Can be read: {describe_formats()}.",
        )
        existing = list(desk.catalogue.collections())
        collection = st.selectbox(
            "Collection",
            list(dict.fromkeys([desk.settings.collection, *existing])),
            accept_new_options=True,
            help="A set of documents that questions can be kept to. Type a new name to begin one.",
        )
        sent = st.form_submit_button("Add to the desk", type="primary", icon=":material/upload_file:")
    if sent and files:
        desk.upload((Upload(name=file.name, content=file) for file in files), collection=collection)
    elif sent:
        st.info("Choose files first.")


def _draw_recent(desk: Desk) -> None:
    newest = desk.jobs.list(kind=KIND, limit=1)
    if newest:
        st.subheader("Added last")
        _draw_progress(desk, newest[0].batch)


@st.fragment(run_every=0.5)
def _draw_progress(desk: Desk, batch: str) -> None:
    jobs = desk.jobs.list(batch=batch)
    draw_jobs(desk, jobs)
    if not all(job.is_finished for job in jobs):
        if st.button("Cancel", icon=":material/cancel:"):
            desk.jobs.cancel(batch)
    elif st.session_state.get("drawn_batch") != batch:
        # Once, so that the list below shows what has come.
        st.session_state.drawn_batch = batch
        st.rerun()


def _draw_list(desk: Desk) -> None:
    documents = desk.catalogue.documents()
    if not documents:
        st.markdown("No documents yet. Add some above, or load the samples.")
        if st.button("Load the samples", icon=":material/auto_stories:"):
            desk.samples.load()
            st.rerun()
        return
    st.subheader(f"On the desk: {len(documents)}")
    rows = [
        {
            "Document": document.name,
            "Collection": document.collection,
            "Pages": str(document.pages or ""),
            "Passages": document.chunks,
            "Size": f"{document.bytes / 1024:.0f} KB",
            "Added": document.added_at,
            "Notes": "; ".join(document.notes),
        }
        for document in documents
    ]
    chosen = st.dataframe(
        rows,
        width="stretch",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config={"Added": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")},
        key="chosen",
    )
    selected = [documents[row] for row in chosen["selection"]["rows"]]
    if len(selected) == 1:
        draw_summary(desk, selected[0])
    if selected and st.button(f"Remove {len(selected)} from the desk", icon=":material/delete:"):
        desk.remove(document.id for document in selected)
        st.rerun()


draw()
