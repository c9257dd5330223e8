"""The rows of a data set in a grid: changed, added and deleted there, and kept all together."""

from typing import Any

import numpy as np
import streamlit as st

from assistant.data_sets.data_set import STATES, Item
from assistant.data_sets.grid import COLUMNS, FIXED, as_line, changes
from assistant.data_sets.rows import RowsError
from assistant.desk import Desk
from pages.labels import as_label

_HEIGHT = 520


def draw_grid(desk: Desk, name: str) -> None:
    """The grid, with what becomes of the changes."""
    key, items = _snapshot(desk, name)
    st.data_editor(
        [as_line(item) for item in items] or _nothing(),
        width="stretch",
        height=_HEIGHT if len(items) > 12 else "auto",
        hide_index=True,
        num_rows="dynamic",
        disabled=list(FIXED),
        column_order=COLUMNS,
        column_config=_columns(),
        key=key,
        alt=f"Rows of {name}",
    )
    delta: dict[str, Any] = st.session_state[key]
    try:
        found = changes(items, edited=delta["edited_rows"], added=delta["added_rows"], deleted=delta["deleted_rows"])
    except RowsError as error:
        st.error(f"{as_label(str(error))} Nothing is saved yet.", icon=":material/error:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Save", type="primary", icon=":material/save:", disabled=not found.count):
            try:
                found.save(desk.data_sets, name)
            except RowsError as error:
                st.error(as_label(str(error)), icon=":material/error:")
                return
            _forget(name)
            st.toast(f"Saved: {_rows(found.count)}.")
            st.rerun()
        if st.button("Discard", icon=":material/undo:", disabled=not found.count):
            _forget(name)
            st.rerun()
        if found.count:
            st.html(f'<span class="facts">{_rows(found.count)} changed</span>')
        else:
            st.html('<span class="facts">Several answers or tags are typed one after the other.</span>')


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "Question": column.TextColumn(width="large", required=True),
        "Answers": column.ListColumn(width="medium", help="Any one of them is right."),
        "Answerable": column.CheckboxColumn(help="Whether the documents answer it.", default=True),
        "Document": column.TextColumn(width="medium", help="The file's name, of the first source."),
        "Page": column.NumberColumn(width="small", min_value=1, step=1),
        "Quote": column.TextColumn(width="medium", help="What answers it, in the document's words."),
        "Tags": column.ListColumn(width="small"),
        "State": column.SelectboxColumn(
            width="small", options=list(STATES), default="approved", required=True, help="Only approved rows count."
        ),
    }


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"


def _nothing() -> dict[str, Any]:
    """A grid without lines, whose columns still have their types."""
    types = {"Answerable": np.bool_, "Page": np.float64}
    return {column: np.array([], dtype=types.get(column, np.object_)) for column in COLUMNS}


def _snapshot(desk: Desk, name: str) -> tuple[str, list[Item]]:
    """The rows as they were when somebody began to type: what is typed belongs to these lines, whoever else types."""
    grids: dict[str, list[Item]] = st.session_state.setdefault("grids", {})
    key = f"grid-{name}-{st.session_state.setdefault('grid-version', 0)}"
    if name not in grids or not any(st.session_state.get(key, {}).values()):
        grids.clear()
        grids[name] = list(desk.data_sets.items(name))
    return key, grids[name]


def _forget(name: str) -> None:
    st.session_state["grids"].pop(name, None)
    st.session_state["grid-version"] += 1
