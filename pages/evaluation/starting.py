"""Starting runs: the rows of a data set are asked in the background, once for each backend × prompt."""

from typing import Any

import streamlit as st

from assistant.data_sets.rows import RowsError
from assistant.desk import Desk
from assistant.prompts import QUOTE, SUMMARY, UnknownPrompt
from models.backend import BackendError
from models.gguf import ModelFileError
from pages.batches import draw_batch
from pages.labels import as_label

PROBLEMS = (BackendError, ModelFileError, RowsError, UnknownPrompt)
"""Why a run cannot be started, each one sentence."""

_JUDGE = "A model that scores each answer, 1 to 5, with a reason; a large hosted one, if any."


def draw_samples(desk: Desk) -> None:
    """A button that evaluates the samples, which it loads where they are not there."""
    if "samples" in desk.catalogue.collections():
        label = "Evaluate the samples"
    else:
        label = "Load the samples and evaluate them"
    if st.button(label, icon=":material/auto_stories:", type="primary"):
        if "samples" not in desk.catalogue.collections() and not draw_batch(desk, desk.samples.load()):
            return
        start(desk, desk.samples.load_rows(), prompts=[QUOTE], collections=["samples"])


def draw_start(desk: Desk) -> None:
    """A form behind an expander."""
    listed = desk.data_sets.list()
    sets = {one.name: one.counts["approved"] for one in listed}
    if not any(sets.values()):
        return
    with st.expander("Start a run", icon=":material/play_arrow:"), st.form("start-run", border=False):
        left, right = st.columns(2)
        data_set = left.selectbox(
            "Data set",
            [name for name, approved in sets.items() if approved],
            format_func=lambda name: f"{name} ({sets[name]} rows)",
        )
        part = right.selectbox(
            "Part", ["all", *sorted({part for one in listed for part in one.parts})], help="Of a split set."
        )
        prompts = left.multiselect(
            "How to answer",
            [*desk.prompts.names(), SUMMARY],
            default=[QUOTE],
            help="Each is a run of its own, with each backend. “summary” is for rows of summaries, and they for it.",
        )
        backends = right.multiselect(
            "Backends", desk.backends.kinds(), default=desk.backends.kinds()[:1], help="“quote” asks none."
        )
        collections = left.multiselect("Collections", list(desk.catalogue.collections()), placeholder="All of them")
        limit = right.number_input("Rows at most", min_value=0, value=0, step=10, help="0 asks all of them.")
        label = left.text_input("Label", max_chars=80, placeholder="What changed, for instance")
        judge = right.selectbox(
            "Judge", [None, *desk.backends.kinds()], format_func=lambda kind: kind or "nobody", help=_JUDGE
        )
        passages_only = left.checkbox("Only look for passages", help="Nothing is answered: quicker.")
        fresh = right.checkbox("Ask again what was answered before", help="Otherwise known answers are taken over.")
        if st.form_submit_button("Start", type="primary", icon=":material/play_arrow:"):
            start(
                desk,
                data_set,
                part=None if part == "all" else part,
                prompts=prompts,
                backends=backends,
                collections=collections,
                limit=limit or None,
                label=label.strip(),
                judge=judge,
                retrieval_only=passages_only,
                fresh=fresh,
            )


def start(desk: Desk, data_set: str, **how: Any) -> None:
    """Start runs as `Evaluation.start` does, and draw the page anew; or say why they cannot be started."""
    try:
        desk.evaluation.start(data_set, **how)
    except PROBLEMS as error:
        st.error(as_label(str(error)), icon=":material/error:")
        return
    st.rerun()
