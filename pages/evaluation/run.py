"""A run: its figures, the same by tag, and its rows."""

import json
from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from assistant.desk import Desk
from assistant.evaluation.explaining import VERDICTS
from assistant.evaluation.export import Exported, to_json
from assistant.evaluation.figures import brief, columns, number
from assistant.evaluation.measures import MEASURES
from assistant.evaluation.report import run_report, verdict
from assistant.evaluation.runs import Run
from assistant.evaluation.summaries import Asked
from pages.evaluation.figures import measures_html
from pages.evaluation.opening import open_run, opened_row
from pages.evaluation.row import draw_row
from pages.labels import as_label

_LIST = "rows-shown"


def draw_run(desk: Desk, run: Run) -> None:
    """The run, or the row of it that is open."""
    asked = asked_of(desk, run.id, run.done)
    shown = _shown(asked)
    here = next((one for one in asked if one.row.id == opened_row()), None)
    if here is not None:
        _draw_steps(run, shown, here)
        draw_row(here)
        return
    st.button("All runs", icon=":material/arrow_back:", type="tertiary", on_click=open_run, args=(None,))
    st.header(as_label(run.label), anchor=False)
    st.html(f'<div class="facts">{escape(_facts(run))}</div>')
    _draw_actions(desk, run, asked)
    if run.summary is not None:
        st.html(measures_html(run.summary.measures))
        _draw_slices(run)
    _draw_rows(run, asked)
    with st.expander("Configuration", icon=":material/tune:"):
        st.json(run.configuration.to_json())


@st.cache_resource(max_entries=16, show_spinner="Reading the rows …")
def asked_of(_desk: Desk, run_id: str, done: int) -> Sequence[Asked]:
    """The rows of a run, measured once; `done` tells apart a run that goes on."""
    return _desk.evaluation.asked(run_id)


def _facts(run: Run) -> str:
    rows = f"{run.done} rows" if run.state == "done" else f"{run.done} of {run.total} rows, {run.state}"
    return " · ".join([run.configuration.name, run.data_set, rows, f"{run.created_at:%d %b %Y, %H:%M} UTC", run.id])


def _draw_actions(desk: Desk, run: Run, asked: Sequence[Asked]) -> None:
    exported = Exported(run=run, asked=asked)
    with st.container(horizontal=True):
        st.download_button(
            "Report",
            lambda: run_report([exported]),
            file_name=f"run-{run.id}.html",
            mime="text/html",
            icon=":material/description:",
            on_click="ignore",
            help="One HTML file with everything, to be read without the desk.",
        )
        st.download_button(
            "JSON",
            lambda: json.dumps(to_json(exported), ensure_ascii=False, indent=1),
            file_name=f"run-{run.id}.json",
            mime="application/json",
            icon=":material/data_object:",
            on_click="ignore",
            help="Rows and results, from which every figure can be computed anew.",
        )
        st.button("Compare", icon=":material/compare_arrows:", on_click=_compare, args=(run.id,))
        with st.popover("Remove", icon=":material/delete:"):
            st.markdown("The run and its results are removed for good.")
            if st.button("Remove this run", type="primary"):
                desk.evaluation.remove(run.id)
                open_run(None)
                st.rerun()


def _compare(run_id: str) -> None:
    st.session_state.section = "Compare"
    st.query_params["second"] = run_id


def _draw_slices(run: Run) -> None:
    if run.summary is None or not run.summary.slices:
        return
    shown = columns([run.summary])
    st.subheader("By tag", anchor=False)
    lines = [
        {
            "Tag": tag,
            "Rows": max((of.rows for of in measures.values()), default=0),
            **{measure.label: brief(measure, measures.get(measure.name)) for measure in shown},
        }
        for tag, measures in run.summary.slices.items()
    ]
    st.dataframe(lines, width="stretch", hide_index=True, alt="Measures by tag")


def _draw_rows(run: Run, asked: Sequence[Asked]) -> None:
    st.subheader("Rows", anchor=False)
    if not asked:
        st.markdown("No row has been asked yet.")
        return
    counts = Counter(map(verdict, asked))
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    left.segmented_control(
        "Came out",
        ["all", *(name for name in VERDICTS if counts[name])],
        default="all",
        required=True,
        format_func=lambda name: f"{name} {len(asked) if name == 'all' else counts[name]}",
        key="rows-verdict",
        persist_state="page",
        wrap=True,
    )
    tags = sorted({tag for one in asked for tag in one.row.tags})
    right.multiselect("Tags", tags, key="rows-tags", placeholder="Any", persist_state="page")
    shown = _shown(asked)
    chosen = st.dataframe(
        [_line(one) for one in shown],
        width="stretch",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Question": st.column_config.TextColumn(width="large"),
            "Answer": st.column_config.TextColumn(width="large"),
        },
        key=f"{_LIST}-{run.id}",
        alt="Rows of the run",
    )
    rows = chosen["selection"]["rows"]
    if rows:
        open_run(run.id, shown[rows[0]].row.id)
        st.rerun()
    st.caption("Select a row to see what was found and answered, and why it counts as it does.")


def _shown(asked: Sequence[Asked]) -> list[Asked]:
    """The rows that the chosen verdict and tags leave."""
    wanted = st.session_state.get("rows-verdict") or "all"
    tags = set(st.session_state.get("rows-tags") or ())
    return [one for one in asked if wanted in ("all", verdict(one)) and (not tags or not tags.isdisjoint(one.row.tags))]


def _line(one: Asked) -> dict[str, Any]:
    def value(name: str) -> str:
        return number(MEASURES[name], one.measures.get(name))

    return {
        "Came out": verdict(one),
        "Question": one.row.question,
        "Answer": one.result.answer or "",
        "Expected": " / ".join(one.row.answers) if one.row.answerable else "not in the documents",
        "Answer F1": value("answer_f1"),
        "Groundedness": value("groundedness"),
        "Seconds": value("total_s"),
        "Row": one.row.id,
    }


def _draw_steps(run: Run, shown: Sequence[Asked], here: Asked) -> None:
    ids = [one.row.id for one in shown]
    at = ids.index(here.row.id) if here.row.id in ids else -1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(as_label(run.label), icon=":material/arrow_back:", type="tertiary", on_click=open_run, args=(run.id,))
        for label, icon, key, place in (
            ("Previous", "chevron_left", "P", at - 1),
            ("Next", "chevron_right", "N", at + 1),
        ):
            is_there = at >= 0 and 0 <= place < len(ids)
            st.button(
                label,
                icon=f":material/{icon}:",
                disabled=not is_there,
                shortcut=key,
                on_click=open_run,
                args=(run.id, ids[place] if is_there else here.row.id),
            )
        if at >= 0:
            st.html(f'<span class="facts">{at + 1} of {len(ids)}</span>')
