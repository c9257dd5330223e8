"""A data set on its way to Langfuse and back."""

from collections.abc import Callable

import streamlit as st

from assistant.data_sets.rows import RowsError
from assistant.desk import Desk
from assistant.tracing.project import LangfuseError
from pages.labels import as_label


def draw_sharing(desk: Desk, name: str) -> None:
    """Push and pull, and what came of the last of them."""
    st.markdown(
        "Push shows the approved rows in Langfuse, personal data masked. "
        "Pull proposes what was written or changed there, for a review."
    )
    with st.container(horizontal=True):
        push = st.button("Push", type="primary", icon=":material/cloud_upload:", key=f"push-{name}")
        pull = st.button("Pull", icon=":material/cloud_download:", key=f"pull-{name}")
    if push or pull:
        act = _push if push else _pull
        place = st.empty()
        try:
            with place.container():
                # Pressed, it ends this run of the script at the next thing that is drawn, and the work with it.
                st.button("Cancel", key=f"cancel-sharing-{name}", on_click=_cancelled, args=(name,))
                bar = st.progress(0.0, "Langfuse is asked …")
                said = act(desk, name, lambda done, of: _show(bar.progress, done, of))
        except (LangfuseError, RowsError) as error:
            place.empty()
            st.error(as_label(str(error)), icon=":material/error:")
            return
        st.session_state[f"shared-{name}"] = said
        st.rerun()
    last: str | None = st.session_state.get(f"shared-{name}")
    if last is not None:
        st.caption(as_label(last))


def _push(desk: Desk, name: str, told: Callable[[int, int], None]) -> str:
    pushed = desk.shared_sets.push(name, told=told)
    said = f"{pushed.sent} sent, {pushed.unchanged} unchanged, {pushed.archived} archived."
    if pushed.overwritten:
        said += f" {pushed.overwritten} of them had been changed there, and were overwritten."
    return said


def _pull(desk: Desk, name: str, told: Callable[[int, int], None]) -> str:
    pulled = desk.shared_sets.pull(name, told=told)
    said = f"{pulled.added} added and {pulled.changed} changed, all proposed; {pulled.unchanged} unchanged."
    if pulled.archived:
        said += f" Archived there, and approved here: {', '.join(pulled.archived)}."
    return " ".join([said, *pulled.unusable])


def _cancelled(name: str) -> None:
    st.session_state[f"shared-{name}"] = "Cancelled. What was taken before stays; the next time it goes on there."


def _show(draw: Callable[[float, str], object], done: int, of: int) -> None:
    if of:
        draw(done / of, f"{done} of {of}")
