"""The review of proposed rows: one at a time beside what it rests on, or many in a list."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from assistant.data_sets.data_set import Edit, Item, State
from assistant.data_sets.grid import edited_row
from assistant.data_sets.rows import GoldSource, RowsError
from assistant.desk import Desk
from assistant.evaluation.standing import standing
from assistant.passage_view import PassageGone
from pages.evaluation.row import expected_html, question_html
from pages.labels import as_label

_AT, _DONE, _EDITING = "review-at", "review-done", "review-editing"


def draw_review(desk: Desk, name: str) -> None:
    """What is left to be looked at."""
    items = desk.data_sets.items(name, state="proposed")
    done: list[str] = st.session_state.setdefault(_DONE, [])
    if not items:
        st.markdown("Nothing waits for a review. Rows that are proposed from your documents come here.")
        _draw_undo(desk, name, done)
        return
    at = min(st.session_state.get(_AT, 0), len(items) - 1)
    item = items[at]
    _draw_steps(desk, name, items, at)
    left, right = st.columns(2, gap="large")
    with left:
        if st.session_state.get(_EDITING) == item.row.id:
            _draw_form(desk, name, item)
        else:
            _draw_item(item)
    with right:
        for source in item.row.sources:
            _draw_place(desk, source)
    with st.expander("All that are left", icon=":material/list:"):
        _draw_list(desk, name, items)


def _draw_steps(desk: Desk, name: str, items: Sequence[Item], at: int) -> None:
    row_id = items[at].row.id
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, key, state in (
            ("Approve", "check", "A", "approved"),
            ("Reject", "close", "X", "rejected"),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                shortcut=key,
                type="primary" if state == "approved" else "secondary",
                on_click=_review,
                args=(desk, name, row_id, state),
            )
        st.button("Edit", icon=":material/edit:", shortcut="E", on_click=_edit, args=(row_id,))
        st.button(
            "Previous", icon=":material/chevron_left:", shortcut="P", disabled=at == 0, on_click=_go, args=(at - 1,)
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            shortcut="N",
            disabled=at + 1 == len(items),
            on_click=_go,
            args=(at + 1,),
        )
        _draw_undo(desk, name, st.session_state[_DONE])
        st.html(f'<span class="facts">{at + 1} of {len(items)} left</span>')


def _draw_undo(desk: Desk, name: str, done: Sequence[str]) -> None:
    if done and st.button("Undo", icon=":material/undo:", type="tertiary", shortcut="U"):
        row_id = st.session_state[_DONE].pop()
        try:
            desk.data_sets.review(name, [row_id], "proposed")
        except RowsError as error:
            st.toast(as_label(str(error)))
        waiting = [item.row.id for item in desk.data_sets.items(name, state="proposed")]
        st.session_state[_AT] = waiting.index(row_id) if row_id in waiting else 0
        st.rerun()


def _draw_item(item: Item) -> None:
    st.html(question_html(item.row) + expected_html(item.row))
    if item.row.tags:
        st.html(f'<div class="label">Tags</div><div class="said">{escape(", ".join(item.row.tags))}</div>')
    if item.notes:
        notes = "".join(f"<li>{escape(note)}</li>" for note in item.notes)
        st.html(f'<div class="label">Notes</div><div class="said"><ul>{notes}</ul></div>')


def _draw_place(desk: Desk, source: GoldSource) -> None:
    place = standing(desk.catalogue, source)
    if place is None:
        st.caption(as_label(f"{source.document} is not on the desk."))
        return
    st.html(f'<div class="label">{escape(place.document)}</div>')
    if not place.is_found:
        st.caption("The quote does not stand in this document word for word; it begins so:")
    try:
        view = desk.view(place.version_id, place.start, place.end)
    except PassageGone as gone:
        st.caption(as_label(str(gone)))
        return
    marked = f"<mark>{escape(view.marked)}</mark>" if place.is_found else escape(view.marked)
    before, after = (f'<span class="around">{escape(text)}</span>' for text in (view.before, view.after))
    st.html(f'<div class="place"><div class="passage" tabindex="0">{before}{marked}{after}</div></div>')


def _draw_form(desk: Desk, name: str, item: Item) -> None:
    row = item.row
    with st.form(f"edit-{row.id}", border=True):
        question = st.text_area("Question", row.question)
        answerable = st.checkbox("The documents answer it", row.answerable)
        answers = st.text_area("Answers, one a line", "\n".join(row.answers), help="Any one of them is right.")
        st.caption("Sources")
        sources = st.data_editor(
            [_source_line(source) for source in row.sources] or [_source_line(GoldSource(document=""))],
            num_rows="dynamic",
            hide_index=True,
            width="stretch",
            column_config={
                "page": st.column_config.NumberColumn(width="small", min_value=1, step=1),
                "quote": st.column_config.TextColumn(width="large"),
            },
            key=f"sources-{row.id}",
        )
        tags = st.text_input("Tags, with commas between", ", ".join(row.tags))
        with st.container(horizontal=True):
            approve = st.form_submit_button("Save and approve", type="primary", icon=":material/check:")
            save = st.form_submit_button("Save", icon=":material/save:")
            cancel = st.form_submit_button("Cancel")
    if cancel:
        _edit(None)
        st.rerun()
    if not (approve or save):
        return
    try:
        edited = edited_row(
            row,
            question=question.strip(),
            answerable=answerable,
            answers=[line.strip() for line in answers.splitlines() if line.strip()],
            sources=[_source_record(line) for line in sources if line.get("document")],
            tags=[tag.strip() for tag in tags.split(",") if tag.strip()],
        )
        desk.data_sets.edit(name, [Edit(row=edited, seen=row.content_hash)])
    except RowsError as error:
        st.error(as_label(str(error)), icon=":material/error:")
        return
    _edit(None)
    if approve:
        _review(desk, name, row.id, "approved")
    st.rerun()


def _source_line(source: GoldSource) -> dict[str, object]:
    return {"document": source.document, "page": source.page, "quote": source.quote or ""}


def _source_record(line: dict[str, object]) -> dict[str, object]:
    page = line.get("page")
    return {
        "document": str(line["document"]).strip(),
        "page": int(page) if isinstance(page, int | float) and page == page else None,
        "quote": str(line.get("quote") or "").strip() or None,
    }


def _draw_list(desk: Desk, name: str, items: Sequence[Item]) -> None:
    lines = [
        {
            "Question": item.row.question,
            "Answers": " / ".join(item.row.answers) if item.row.answerable else "not in the documents",
            "Tags": ", ".join(item.row.tags),
            "Notes": "; ".join(item.notes),
        }
        for item in items
    ]
    chosen = st.dataframe(
        lines,
        width="stretch",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config={"Question": st.column_config.TextColumn(width="large")},
        key=f"review-list-{len(items)}",
        alt="Rows that wait for a review",
    )
    ids = [items[row].row.id for row in chosen["selection"]["rows"]]
    with st.container(horizontal=True):
        for label, icon, state in (("Approve", "done_all", "approved"), ("Reject", "close", "rejected")):
            st.button(
                f"{label} the {len(ids)} selected" if ids else f"{label} all {len(items)}",
                icon=f":material/{icon}:",
                key=f"list-{state}",
                on_click=_review_many,
                args=(desk, name, ids or [item.row.id for item in items], state),
            )


def _review(desk: Desk, name: str, row_id: str, state: State) -> None:
    _review_many(desk, name, [row_id], state)
    st.session_state[_DONE].append(row_id)


def _review_many(desk: Desk, name: str, row_ids: Sequence[str], state: State) -> None:
    try:
        desk.data_sets.review(name, row_ids, state)
    except RowsError as error:
        st.toast(as_label(str(error)))
    # The grid shows states too.
    st.session_state.get("grids", {}).pop(name, None)


def _go(at: int) -> None:
    st.session_state[_AT] = at


def _edit(row_id: str | None) -> None:
    st.session_state[_EDITING] = row_id
