"""Runs: what was evaluated so far, how it went over time, and what it takes."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from assistant.desk import Desk
from assistant.evaluation.figures import brief
from assistant.evaluation.measures import MEASURES
from assistant.evaluation.runs import Run, UnknownRun
from pages.evaluation.opening import open_run, opened_run
from pages.evaluation.plots import draw_plots
from pages.evaluation.run import draw_run
from pages.evaluation.starting import draw_samples, draw_start

_MAIN = (
    "gives_gold",
    "groundedness",
    "summary_rouge_l",
    "summary_support",
    "false_refusals",
    "false_answers",
    "document_ndcg_10",
    "judged_correctness",
    "total_s_p50",
    "cost",
)


def draw_runs(desk: Desk) -> None:
    """The list, or the run that is open."""
    run_id = opened_run()
    if run_id is not None:
        try:
            draw_run(desk, desk.evaluation.run(run_id))
        except UnknownRun:
            open_run(None)
            st.rerun()
        return
    runs = desk.evaluation.runs()
    if not runs:
        st.markdown(
            "No runs yet: a run asks the rows of a data set, which are questions whose answers are known, "
            "and measures what comes back."
        )
        draw_samples(desk)
    draw_start(desk)
    if runs:
        _draw_table(runs)
        draw_plots(runs, currency=desk.settings.prices.currency)


def _draw_table(runs: Sequence[Run]) -> None:
    shown = [name for name in _MAIN if any(run.summary and name in run.summary.measures for run in runs)]
    lines = [_line(run, shown) for run in runs]
    if all(run.label == run.configuration.name for run in runs):
        for line in lines:
            del line["Label"]
    chosen = st.dataframe(
        lines,
        width="stretch",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Answered by": st.column_config.TextColumn(width="medium"),
            "Label": st.column_config.TextColumn(width="medium"),
            "Begun": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
            **{
                MEASURES[name].label: st.column_config.TextColumn(help=MEASURES[name].about, alignment="right")
                for name in shown
            },
        },
        key="chosen-run",
        alt="Runs, the newest first",
    )
    rows = chosen["selection"]["rows"]
    if rows:
        open_run(runs[rows[0]].id)
        st.rerun()
    st.caption("Select a run to open it. In brackets: the 95% interval, by the bootstrap over rows.")


def _line(run: Run, shown: Sequence[str]) -> dict[str, Any]:
    measures = run.summary.measures if run.summary else {}
    return {
        "Answered by": run.configuration.name,
        "Label": run.label if run.label != run.configuration.name else "",
        "Data set": run.data_set,
        "Rows": str(run.done) if run.state == "done" else f"{run.done} of {run.total}, {run.state}",
        "Begun": run.created_at,
        **{MEASURES[name].label: brief(MEASURES[name], measures.get(name)) for name in shown},
    }
