"""Prompts as an experiment: each asks the same rows, and a table says how each did."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from assistant.desk import Desk
from assistant.evaluation.figures import brief, columns
from assistant.evaluation.runs import Run
from assistant.evaluation.trends import entrants
from assistant.prompts import QUOTE, PromptVersion
from pages.evaluation.starting import start


def draw_experiment(desk: Desk, version: PromptVersion) -> None:
    """Which prompts ask which rows, and the table of what came of it."""
    sets = {one.name: one.counts["approved"] for one in desk.data_sets.list() if one.counts["approved"]}
    if not sets:
        st.markdown("An experiment asks the rows of a data set: import one, or have rows proposed, under “Data sets”.")
        if st.button("Take the rows of the samples", icon=":material/auto_stories:"):
            desk.load_sample_rows()
            st.rerun()
        return
    ids = [QUOTE, *(one.id for name in desk.prompts.names() if name != QUOTE for one in desk.prompts.versions(name))]
    suggested = list(dict.fromkeys([QUOTE, *([version.id] if version.id in ids else []), *_default(desk, ids)]))
    left, right = st.columns(2)
    data_set = left.selectbox("Data set", list(sets), format_func=lambda name: f"{name} ({sets[name]} rows)")
    with st.form("experiment", border=False):
        left, right = st.columns(2)
        prompts = left.multiselect("Prompts", ids, default=suggested, key=f"entrants-{version.id}")
        backends = right.multiselect("Backends", desk.backends.kinds(), default=desk.backends.kinds()[:1])
        limit = left.number_input("Rows at most", min_value=0, value=0, step=10, help="0 asks all of them.")
        if st.form_submit_button("Run the experiment", type="primary", icon=":material/science:"):
            start(desk, data_set, prompts=prompts, backends=backends, limit=limit or None)
    runs = entrants(desk.evaluation.runs(data_set))
    if runs:
        _draw_table(runs)


def _default(desk: Desk, ids: Sequence[str]) -> list[str]:
    default = desk.prompts.default
    return [default] if default in ids else []


def _draw_table(runs: Sequence[Run]) -> None:
    shown = columns(run.summary for run in runs)
    lines: list[dict[str, Any]] = [
        {
            "Answered by": run.configuration.name,
            "Rows": run.done,
            **{
                measure.label: brief(measure, run.summary.measures.get(measure.name) if run.summary else None)
                for measure in shown
            },
        }
        for run in runs
    ]
    st.dataframe(
        lines,
        width="stretch",
        hide_index=True,
        column_config={
            "Answered by": st.column_config.TextColumn(width="medium"),
            **{measure.label: st.column_config.TextColumn(help=measure.about, alignment="right") for measure in shown},
        },
        alt="What each backend and prompt came to",
    )
    st.caption(
        "The newest run of each backend × prompt on the same rows; in brackets the 95% interval. "
        "“Compare” says which differences are more than chance."
    )
