"""A data set of what was approved: built here, and what contradicts itself decided one by one."""

import streamlit as st

from assistant.data_sets.rows import Row, RowsError
from assistant.desk import Desk
from assistant.review.building import Built, Conflict
from pages.labels import as_label

_BUILT = "built-set"


def draw_building(desk: Desk) -> None:
    """A form, and what the last build has given."""
    st.markdown(
        "Each question comes once, what contradicts itself is left out until you say which is right, and parts share "
        "no document. The same reviews give the same version."
    )
    with st.form("build-set", border=False):
        name = st.text_input("Name", max_chars=80, key="build-name").strip()
        if st.form_submit_button("Build", type="primary", icon=":material/construction:"):
            _build(desk, name)
    built: Built | None = st.session_state.get(_BUILT)
    if built is not None:
        _draw_built(desk, built)


def _build(desk: Desk, name: str, keep: tuple[str, ...] = ()) -> None:
    st.session_state.pop(_BUILT, None)
    if not name:
        st.info("Give it a name first.")
        return
    try:
        with st.spinner("Comparing questions and answers …", show_time=False):
            st.session_state[_BUILT] = desk.building.build(name, keep=keep)
    except RowsError as error:
        st.error(as_label(str(error)), icon=":material/error:")
        return
    st.rerun()  # the list above knows nothing of it yet


def _draw_built(desk: Desk, built: Built) -> None:
    parts = ", ".join(f"{part} {count}" for part, count in built.parts.items())
    st.success(as_label(f"{built.name}: {built.rows} rows ({parts}), version {built.version}"), icon=":material/check:")
    left_out = {
        "near-duplicates": built.duplicates,
        "withdrawn": built.withdrawn,
        "private": built.private,
        "rejected": built.rejected,
    }
    if any(left_out.values()):
        st.caption("Left out: " + ", ".join(f"{count} {why}" for why, count in left_out.items() if count) + ".")
    if not built.conflicts:
        return
    st.markdown(f"**Asked the same, and answered otherwise ({len(built.conflicts)})**")
    with st.form("conflicts"):
        chosen = [_draw_conflict(number, conflict) for number, conflict in enumerate(built.conflicts)]
        if st.form_submit_button("Build again", icon=":material/construction:"):
            _build(desk, built.name, tuple(row_id for row_id in chosen if row_id is not None))


def _draw_conflict(number: int, conflict: Conflict) -> str | None:
    """Which of its rows is right; None: it is left out."""
    rows = {row.id: row for row in conflict.rows}
    ids: list[str | None] = [None, *rows]
    kept = conflict.kept[0] if conflict.kept else None
    chosen: str | None = st.radio(
        as_label(conflict.rows[0].question),
        ids,
        index=ids.index(kept),
        format_func=lambda row_id: as_label(_says(rows[row_id])) if row_id is not None else "Leave it out",
        key=f"conflict-{number}-{conflict.rows[0].id}",
    )
    return chosen


def _says(row: Row) -> str:
    if row.answers:
        return " | ".join(row.answers)
    return "Only its sources" if row.answerable else "Not in the documents"
