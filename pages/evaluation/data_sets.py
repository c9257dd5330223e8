"""Data sets: which there are, how another comes, and one that is open with its rows."""

from collections.abc import Callable, Mapping

import streamlit as st

from assistant.data_sets.data_set import PARTS, DataSetSummary, UnknownDataSet
from assistant.data_sets.importing import SUFFIXES, read_uploads
from assistant.data_sets.rows import RowsError, rows_text
from assistant.desk import Desk
from assistant.uploads import Upload
from pages.evaluation.building import draw_building
from pages.evaluation.grid import draw_grid
from pages.evaluation.review import draw_review
from pages.evaluation.sharing import draw_sharing
from pages.evaluation.synthesis import draw_synthesis
from pages.labels import as_label

_FORMATS = "JSON lines, a table (.csv, .tsv) with a column “question”, SQuAD (.json), or a BEIR folder as .zip."


def draw_data_sets(desk: Desk) -> None:
    """The list, or the set that is open."""
    name = st.query_params.get("set")
    if name is not None:
        try:
            _draw_set(desk, desk.data_sets.get(name))
        except UnknownDataSet:
            _open(None)
            st.rerun()
        return
    sets = desk.data_sets.list()
    if sets:
        _draw_list(sets)
    else:
        st.markdown(
            "No data sets yet: a data set is a list of questions whose answers are known. "
            "Have one made from your documents, import one, or take the rows of the samples."
        )
    if all(one.name != "samples" for one in sets) and st.button(
        "Take the rows of the samples", icon=":material/auto_stories:"
    ):
        desk.samples.load_rows()
        st.rerun()
    with st.expander("Have rows proposed from your documents", icon=":material/auto_awesome:"):
        draw_synthesis(desk, None)
    with st.expander("Build one from what was approved", icon=":material/construction:"):
        draw_building(desk)
    with st.expander("Import a data set", icon=":material/upload_file:", expanded=not sets):
        _draw_import(desk, None)
    with st.expander("Begin an empty one", icon=":material/add:"):
        _draw_create(desk)


def _draw_list(sets: list[DataSetSummary]) -> None:
    lines = [
        {
            "Data set": one.name,
            "Approved": one.counts["approved"],
            "Proposed": one.counts["proposed"],
            "Rejected": one.counts["rejected"],
            "Parts": ", ".join(f"{part} {count}" for part, count in sorted(one.parts.items())),
            "Description": one.description,
            "Changed": one.changed_at,
        }
        for one in sets
    ]
    chosen = st.dataframe(
        lines,
        width="stretch",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Data set": st.column_config.TextColumn(pinned=True),
            "Proposed": st.column_config.NumberColumn(help="They wait for a review, and do not count before."),
            "Changed": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
        },
        key="chosen-set",
        alt="Data sets",
    )
    rows = chosen["selection"]["rows"]
    if rows:
        _open(sets[rows[0]].name)
        st.rerun()
    st.caption("Select a data set to open it.")


def _draw_import(desk: Desk, name: str | None) -> None:
    """Into the set of that name, or into one whose name is asked for."""
    with st.form(f"import-{name}", clear_on_submit=False, border=False):
        file = st.file_uploader(
            "A file", type=[suffix.lstrip(".") for suffix in SUFFIXES], help=_FORMATS, key=f"import-file-{name}"
        )
        wanted = name or st.text_input("Name", max_chars=80, placeholder="The file's name", key="import-name")
        sent = st.form_submit_button("Import", type="primary", icon=":material/upload_file:")
    if not sent:
        return
    if file is None:
        st.info("Choose a file first.")
        return
    wanted = wanted.strip() or file.name.rpartition(".")[0]
    try:
        rows = read_uploads([Upload(name=file.name, content=file)])
        taken = desk.data_sets.take(wanted, rows)
    except RowsError as error:
        st.error(as_label(str(error)), icon=":material/error:")
        return
    st.toast(f"{taken.added} rows added, {taken.updated} updated, {taken.unchanged} as they were.")
    _open(wanted)
    st.rerun()


def _draw_create(desk: Desk) -> None:
    with st.form("create-set", border=False):
        name = st.text_input("Name", max_chars=80, key="create-name")
        description = st.text_input("Description", max_chars=200)
        if st.form_submit_button("Begin", icon=":material/add:"):
            try:
                desk.data_sets.create(name.strip(), description.strip())
            except RowsError as error:
                st.error(as_label(str(error)), icon=":material/error:")
                return
            _open(name.strip())
            st.rerun()


def _draw_set(desk: Desk, summary: DataSetSummary) -> None:
    st.button("All data sets", icon=":material/arrow_back:", type="tertiary", on_click=_open, args=(None,))
    st.header(as_label(summary.name), anchor=False)
    counts = " · ".join(f"{count} {state}" for state, count in summary.counts.items() if count) or "no rows yet"
    parts = ", ".join(f"{part} {count}" for part, count in sorted(summary.parts.items()))
    version = f"version {desk.data_sets.version(summary.name)}" if summary.parts else ""
    st.caption(as_label(" · ".join(filter(None, [counts, parts, version, summary.description]))))
    _draw_actions(desk, summary)
    _draw_strangers(desk, summary.name)
    views: Mapping[str, Callable[[Desk, str], None]] = {
        "Rows": draw_grid,
        "Review": draw_review,
        "Propose": draw_synthesis,
    }
    waiting = summary.counts["proposed"]
    view = st.segmented_control(
        "View",
        list(views),
        default="Review" if waiting else "Rows",
        required=True,
        format_func=lambda name: f"{name} ({waiting})" if name == "Review" and waiting else name,
        key=f"view-{summary.name}",
        label_visibility="collapsed",
    )
    views[view or "Rows"](desk, summary.name)


def _draw_actions(desk: Desk, summary: DataSetSummary) -> None:
    name = summary.name
    with st.container(horizontal=True):
        with st.popover("Split", icon=":material/call_split:", disabled=not summary.total):
            _draw_split(desk, name)
        st.download_button(
            "Export",
            lambda: rows_text(desk.data_sets.rows(name)),
            file_name=f"{name}.jsonl",
            mime="application/jsonl",
            icon=":material/download:",
            on_click="ignore",
            help="The approved rows, as JSON lines.",
            disabled=not summary.counts["approved"],
        )
        with st.popover("Import", icon=":material/upload_file:"):
            _draw_import(desk, name)
        if desk.sender is not None:  # there are keys
            with st.popover("Langfuse", icon=":material/sync_alt:"):
                draw_sharing(desk, name)
        with st.popover("Describe", icon=":material/edit_note:"):
            _draw_description(desk, summary)
        with st.popover("Remove", icon=":material/delete:"):
            st.markdown("The data set and its rows are removed for good; its runs stay.")
            if st.button("Remove this data set", type="primary"):
                desk.data_sets.remove(name)
                _open(None)
                st.rerun()


def _draw_description(desk: Desk, summary: DataSetSummary) -> None:
    with st.form(f"describe-{summary.name}", border=False):
        description = st.text_input("Description", summary.description, max_chars=200)
        gives_examples = st.checkbox(
            "May be shown to models as examples",
            summary.gives_examples,
            help="By “few-shot”; otherwise only the part “train” may. A row is never shown when it is asked itself.",
        )
        if st.form_submit_button("Save", type="primary", icon=":material/save:"):
            desk.data_sets.describe(summary.name, description=description.strip(), gives_examples=gives_examples)
            st.rerun()


def _draw_split(desk: Desk, name: str) -> None:
    st.markdown("Rows that share a document or a conversation stay together, so that a part can be far from its share.")
    with st.form(f"split-{name}", border=False):
        columns = st.columns(len(PARTS))
        shares = {
            part: column.number_input(f"{part} %", min_value=0, max_value=100, value=round(100 * share), step=5)
            for column, (part, share) in zip(columns, PARTS.items(), strict=True)
        }
        seed = st.number_input("Seed", min_value=0, value=0, help="Another one divides otherwise.")
        if st.form_submit_button("Split", type="primary", icon=":material/call_split:"):
            try:
                parts = desk.data_sets.split(name, shares, seed=seed)
            except RowsError as error:
                st.error(as_label(str(error)), icon=":material/error:")
                return
            st.toast("Split: " + ", ".join(f"{part} {count}" for part, count in parts.items()))
            st.rerun()


def _draw_strangers(desk: Desk, name: str) -> None:
    strangers = desk.evaluation.strangers([item.row for item in desk.data_sets.items(name)], ())
    if strangers:
        shown = ", ".join(strangers[:3]) + (", …" if len(strangers) > 3 else "")
        rest = "is a document" if len(strangers) == 1 else f"are {len(strangers)} documents"
        st.caption(f":material/info: There {rest} that rows rest on and the desk does not have: {as_label(shown)}")


def _open(name: str | None) -> None:
    if name is None:
        st.query_params.pop("set", None)
    else:
        st.query_params["set"] = name
