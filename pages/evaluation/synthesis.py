"""Rows proposed from the team's own documents, in the background; they count once they are approved."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from assistant.data_sets.rows import RowsError
from assistant.desk import Desk
from assistant.retrieval import UnknownCollection
from assistant.synthesis import RULES, Plan
from assistant.synthesis.syntheses import KIND
from models.backend import BackendError
from models.gguf import ModelFileError
from pages.labels import as_label

_KINDS: Mapping[Literal["questions", "summaries"], str] = {
    "questions": "Questions",
    "summaries": "Summaries of sections, by a model",
}
_WRITERS = {RULES: "by rules, without a model", "local": "the local model", "hosted": "the hosted model"}


def draw_synthesis(desk: Desk, name: str | None) -> None:
    """A form for a set, or for a new one whose name is asked for; and what came of the last time."""
    collections = list(desk.catalogue.collections())
    if not collections:
        st.markdown("There are no documents to make questions of: add some on the page “Documents”.")
        return
    with st.form(f"synthesise-{name}", border=False):
        left, right = st.columns(2)
        wanted = name or left.text_input("Name of the data set", max_chars=80, key="synthesise-name")
        chosen = right.multiselect("Collections", collections, placeholder="All of them", key=f"of-{name}")
        kind = right.selectbox("What", list(_KINDS), format_func=lambda one: _KINDS[one], key=f"kind-{name}")
        writer = left.selectbox(
            "Written", [RULES, *desk.backends.kinds()], format_func=lambda one: _WRITERS.get(one, one)
        )
        passages = right.number_input("Passages to read", min_value=1, max_value=2000, value=30, step=10)
        unanswerable = left.checkbox("Also questions that nothing answers", value=True)
        follow_ups = left.checkbox("Also questions that follow another", value=True)
        seed = right.number_input(
            "Seed", min_value=0, value=0, help="Decides which passages are read; the same one goes on where it ended."
        )
        sent = st.form_submit_button("Propose rows", type="primary", icon=":material/auto_awesome:")
    if sent:
        _start(
            desk,
            Plan(
                data_set=wanted.strip(),
                collections=tuple(chosen),
                kind=kind,
                passages=passages,
                writer=writer,
                seed=seed,
                unanswerable=unanswerable,
                follow_ups=follow_ups,
            ),
        )
    if name is not None:
        _draw_last(desk, name)


def _start(desk: Desk, plan: Plan) -> None:
    if not plan.data_set:
        st.info("Give the data set a name first.")
        return
    try:
        if all(one.name != plan.data_set for one in desk.data_sets.list()):
            desk.data_sets.create(plan.data_set, "Made from the documents")
        desk.syntheses.start(plan)
    except (BackendError, ModelFileError, RowsError, UnknownCollection) as error:
        st.error(as_label(str(error)), icon=":material/error:")
        return
    st.query_params["set"] = plan.data_set
    st.rerun()


def _draw_last(desk: Desk, name: str) -> None:
    results = [
        job.result for job in desk.jobs.list(kind=KIND, limit=100) if job.payload["data_set"] == name and job.result
    ]
    if not results:
        return
    last = results[-1]
    faults = sorted(last["dropped"].items(), key=lambda fault: -fault[1])
    st.caption(
        as_label(
            f"The last time {last['proposed']} of {last['drafted']} drafts were proposed, in {last['seconds']:.0f} s."
            + (f" Dropped: {', '.join(f'{count} {fault}' for fault, count in faults)}." if faults else "")
        )
    )
