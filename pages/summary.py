"""A document's summary: its best sentences or what a model makes of them, each with its source."""

import threading
from collections.abc import Iterator

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from assistant.answered import Answered
from assistant.conversations import Choices
from assistant.desk import Desk
from assistant.events import TurnEvent
from assistant.prompts import QUOTE
from assistant.summarising import USUAL_SENTENCES, SummaryError, instruction
from ingest.catalogue import DocumentSummary
from models.backend import BackendError, Queued, Reading
from models.gguf import ModelFileError
from pages.answer import draw_figures, draw_quotes, draw_written
from pages.labels import as_label
from pages.live import LiveTurn
from pages.sources import draw_sources

_OWN = "Its own sentences"
_KINDS = {"local": "This machine", "hosted": "Hosted", "scripted": "Scripted"}
_SHORTEST, _LONGEST = 1, 12


def draw_summary(desk: Desk, document: DocumentSummary) -> None:
    """What is asked for, and what has come of it: of the document that is chosen."""
    with st.container(border=True, key="summary"):
        st.markdown(f"**Summary of {as_label(document.name)}**")
        live = _kept(document)
        _draw_asking(desk, document, live)
        live = _kept(document)
        if live is None:
            return
        if live.ended.is_set():
            _draw_whole(desk, live.answered)
        else:
            _draw_coming(live)


def _draw_asking(desk: Desk, document: DocumentSummary, live: LiveTurn | None) -> None:
    writers, usual = _writers(desk), desk.summarising.choices()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        writer = st.selectbox(
            "Who writes",
            list(writers),
            index=list(writers.values()).index(usual) if usual in writers.values() else 0,
            key="summary-writer",
            help="A model reads the document section by section; its sentences are held to the passages.",
        )
        length = st.number_input("Sentences", _SHORTEST, _LONGEST, USUAL_SENTENCES, key="summary-length", width=110)
        if live is not None and not live.ended.is_set():
            st.button("Stop", icon=":material/stop_circle:", on_click=live.stop)
        elif st.button("Summarise", type="primary", icon=":material/notes:"):
            _begin(desk, document, writers[writer], length)


def _begin(desk: Desk, document: DocumentSummary, choices: Choices, length: int) -> None:
    stop = threading.Event()
    try:
        summary = desk.summarising.summarise(document, sentences=length, choices=choices, stop=stop)
        info = None if choices.prompt == QUOTE else desk.backends.get(choices.backend, choices.model).info
    except (BackendError, ModelFileError, SummaryError) as error:
        st.error(as_label(str(error)), icon=":material/error:")
        return
    question = instruction(document.name, length)
    live = LiveTurn(question, desk.traced(question, _watched(summary, stop)), writer=info, stop=stop)
    live.answered.query = question
    if (before := st.session_state.get("summary")) is not None:
        before[1].stop()
    st.session_state["summary"] = (document.id, live)
    st.rerun()


def _watched(summary: Iterator[TurnEvent], stop: threading.Event) -> Iterator[TurnEvent]:
    """End it once the page is closed: for a long document a model would go on for an hour."""
    context = get_script_run_ctx()
    assert context is not None  # this is called while a page is drawn
    return _while_open(summary, context.session_id, stop)


def _while_open(summary: Iterator[TurnEvent], session_id: str, stop: threading.Event) -> Iterator[TurnEvent]:
    for event in summary:
        if not get_instance().is_active_session(session_id):
            stop.set()
        yield event


def _kept(document: DocumentSummary) -> LiveTurn | None:
    """What this visit asked for last, where it is of this document."""
    of, live = st.session_state.get("summary", (None, None))
    kept: LiveTurn | None = live if of == document.id else None
    return kept


def _writers(desk: Desk) -> dict[str, Choices]:
    """Who can write, by what people call them; a server that does not answer has no model to offer."""
    writers = {_OWN: Choices(backend="local", prompt=QUOTE)}
    for kind in desk.backends.kinds():
        try:
            names = desk.backends.summarisers(kind)
        except BackendError:
            continue
        for name in names:
            writers[f"{name} · {_KINDS.get(kind, kind)}"] = desk.summarising.choices(backend=kind, model=name)
    return writers


@st.fragment(run_every=0.5)
def _draw_coming(live: LiveTurn) -> None:
    """How far it is, and what is there already."""
    if live.ended.is_set():
        st.rerun()
    answered = live.answered
    if answered.quotes:
        draw_quotes(answered)
    _draw_progress(live)
    if answered.text and live.writer is not None:
        draw_written(st.empty(), answered.text, model=live.writer.model, draft=not live.writer.beats_quote)


def _draw_progress(live: LiveTurn) -> None:
    if live.answered.text:
        return
    if live.section is not None:
        done, total, left_s = live.section.done, live.section.total, live.left_s
        st.progress(done / total, f"Section {done + 1} of {total}{'' if left_s is None else f', {_left(left_s)}'}")
    match live.progress:
        case Queued(ahead=ahead):
            st.caption(f"Waiting: {ahead} before you …" if ahead else "Your turn …")
        case Reading(done=done, total=total):
            st.progress(done / max(1, total), f"The model reads: {done} of {total} tokens")
        case _:
            st.caption("Reading the document …")


def _left(seconds: float) -> str:
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def _draw_whole(desk: Desk, answered: Answered) -> None:
    finished = answered.finished
    if finished is None:
        st.info("This summary was cut off before it was finished: ask again.", icon=":material/cut:")
        return
    if finished.stop_reason is not None:
        st.warning(as_label(finished.stop_reason), icon=":material/shield:")
    elif finished.model and answered.text:
        if finished.draft:
            draw_quotes(answered)
        draw_written(
            st.empty(),
            finished.answer,
            model=finished.model,
            draft=finished.draft,
            unsupported=finished.unsupported,
        )
    elif answered.quotes:
        draw_quotes(answered)
    else:
        st.markdown(as_label(finished.answer))
    draw_sources(desk, answered, "summary")
    if finished.model or finished.stopped_by:
        draw_figures(finished, desk.settings.prices.currency)
