"""Ask: a question, the sentences that answer it, their sources, and on request a model's answer."""

import threading
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.widgets.chat import ChatInputValue
from streamlit.runtime.scriptrunner import StopException

from assistant.conversations import Choices, KeptTurn, UnknownConversation
from assistant.desk import Desk
from assistant.prompts import QUOTE
from assistant.retrieval import UnknownCollection
from assistant.uploads import Upload
from ingest.parsing import SUFFIXES
from models.backend import BackendError, Queued, Reading
from models.gguf import ModelFileError
from pages.answer import draw_quotes, draw_reasoning, draw_whole, draw_written
from pages.batches import draw_batch
from pages.desk import the_desk
from pages.labels import as_label
from pages.live import LiveTurn
from pages.opened import Opened, opened
from pages.sidebar import draw_choices, draw_conversations, suggested
from pages.sources import Asker
from pages.turn_actions import draw_actions, draw_editor
from pages.visitors import this_person
from pages.welcome import draw_welcome

_PROBLEMS = (BackendError, ModelFileError, UnknownCollection, UnknownConversation)


def draw() -> None:
    """The whole page."""
    desk, person = the_desk(), this_person()
    here = opened(desk, person)
    choices = draw_choices(desk, here)
    with st.bottom:
        above = st.empty()
    asked = st.chat_input(
        "Ask the documents, or drop files here",
        key="question",
        accept_file="multiple",
        file_type=sorted(suffix.lstrip(".") for suffix in SUFFIXES),
    )
    question, after = _wanted(desk, here, asked)
    if question:
        here.begin(question, choices, suggested=suggested(choices))
    draw_conversations(desk, here)
    welcome = st.empty()
    if not after and not question:
        with welcome.container():
            draw_welcome(desk)
    for turn in after:
        _draw_turn(desk, person, turn)
    if question:
        welcome.empty()
        _answer(desk, here, question, after, choices, above=above)


def _wanted(desk: Desk, here: Opened, asked: ChatInputValue | None) -> tuple[str, Sequence[KeptTurn]]:
    """The question that is to be answered now or is being answered, if any, and the turns that it comes after."""
    again: tuple[str, int | None] | None = st.session_state.pop("again", None)
    if here.live is not None and asked is None and again is None:
        return here.live.answered.question, here.live_after
    here.end_live()
    turns = here.turns()
    if asked is not None:
        if asked.files:
            _take_in(desk, asked.files)
        return asked.text.strip(), turns
    if again is not None:
        question, replaced = again
        places = [at for at, turn in enumerate(turns) if turn.id == replaced]
        return question, turns[: places[0]] if places else turns
    return "", turns


def _draw_turn(desk: Desk, person: str, turn: KeptTurn) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        if not draw_editor(turn):
            st.text(turn.answered.question)
    with st.chat_message("assistant", avatar=":material/local_library:"):
        if turn.under_way:
            _wait_for(desk, turn.id)
            return
        st.empty()  # where it said that it searches: what was drawn live keeps its place, and is not there twice
        draw_whole(desk, turn.answered, key=f"turn-{turn.id}", asker=Asker(person=person, turn=turn))
        draw_actions(desk, person, turn)


def _answer(
    desk: Desk, here: Opened, question: str, after: Sequence[KeptTurn], choices: Choices, *, above: DeltaGenerator
) -> None:
    """Draw the answer while it comes. Stop, the next question and leaving end it; drawing the page anew does not."""
    with st.chat_message("user", avatar=":material/person:"):
        st.text(question)
    live = here.live
    if live is None:
        stop = threading.Event()
        try:
            turn = desk.converse(here.person, here.id, question, after=after, choices=choices, stop=stop)
            writer = None if choices.prompt == QUOTE else desk.backends.get(choices.backend, choices.model).info
        except _PROBLEMS as error:
            st.error(as_label(str(error)), icon=":material/error:")
            return
        live = LiveTurn(question, turn, writer=writer, stop=stop)
        here.follow(live, after)
    # A button of ours: the one that Streamlit can draw into the input's box goes, or stays for good, with the end of
    # whatever other run of the page comes first.
    with above.container(horizontal_alignment="center"):
        st.button("Stop", icon=":material/stop_circle:", key="stop", on_click=live.stop)
    with st.chat_message("assistant", avatar=":material/local_library:"):
        try:
            _draw_live(live)
        except StopException:  # nobody looks on any more
            live.stop()
            raise
    # What can be done with an answer is drawn from what was kept of it.
    st.rerun()


@st.fragment(run_every=0.5)
def _wait_for(desk: Desk, turn_id: int) -> None:
    """Draw the page anew when an answer is there that another window asked for."""
    st.info("This answer is being written in another window.", icon=":material/edit_note:")
    if not desk.conversations.is_under_way(turn_id):
        st.rerun()


def _draw_live(live: LiveTurn) -> None:
    answered, changes = live.answered, live.changes()
    with st.spinner("Searching …"):
        while not (answered.is_quoted or live.ended.is_set()):
            next(changes)
    if answered.is_quoted:
        draw_quotes(answered)
    state, reasons, written = st.empty(), st.empty(), st.empty()
    for _ in changes:
        if answered.text:
            state.empty()
        elif answered.reasoning:
            state.caption("The model looks through the passages …")
        elif isinstance(live.progress, Queued):
            ahead = live.progress.ahead
            state.caption(f"Waiting: {ahead} before you …" if ahead else "Your turn …")
        elif isinstance(live.progress, Reading):
            done, total = live.progress.done, live.progress.total
            state.progress(done / max(1, total), f"The model reads: {done} of {total} tokens")
        if answered.reasoning:
            draw_reasoning(reasons, answered.reasoning)
        if answered.text and live.writer is not None:
            draw_written(written, answered.text, model=live.writer.model, draft=not live.writer.beats_quote)
    state.empty()


def _take_in(desk: Desk, files: Sequence[Any]) -> None:
    batch = desk.upload(Upload(name=file.name, content=file) for file in files)
    with st.chat_message("assistant", avatar=":material/upload_file:"):
        draw_batch(desk, batch)


draw()
