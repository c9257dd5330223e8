"""Ask: a question, the sentences that answer it, their sources, and on request a model's answer."""

import threading
from collections.abc import Sequence
from typing import Any

import streamlit as st

from assistant import events
from assistant.answered import Answered
from assistant.conversations import Choices, Conversation, KeptTurn, UnknownConversation
from assistant.desk import Desk
from assistant.retrieval import UnknownCollection
from assistant.uploads import Upload
from ingest.parsing import SUFFIXES
from models.backend import BackendError, Queued, Reading
from models.gguf import ModelFileError
from pages.answer import draw_quotes, draw_reasoning, draw_whole, draw_written
from pages.batches import draw_batch
from pages.desk import the_desk
from pages.labels import as_label
from pages.sidebar import draw_choices, draw_conversations, open_conversation
from pages.turn_actions import draw_actions, draw_editor
from pages.visitors import this_person
from pages.welcome import draw_welcome

_PROBLEMS = (BackendError, ModelFileError, UnknownCollection, UnknownConversation)


def draw() -> None:
    """The whole page."""
    desk, person = the_desk(), this_person()
    conversation = _conversation(desk, person)
    choices = draw_choices(desk, person, conversation)
    turns = desk.conversations.turns(person, conversation.id) if conversation else []
    question, after = _wanted(desk, turns)
    if question and conversation is None:
        conversation = desk.conversations.begin(person, question, choices)
        open_conversation(conversation.id)
    draw_conversations(desk, person, conversation)
    welcome = st.empty()
    if not after and not question:
        with welcome.container():
            draw_welcome(desk)
    for turn in after:
        _draw_turn(desk, person, turn)
    if question and conversation is not None:
        welcome.empty()
        _answer(desk, person, conversation.id, question, after, choices)


def _conversation(desk: Desk, person: str) -> Conversation | None:
    """The conversation that is open: by this visit, or by the page's address."""
    if "conversation" not in st.session_state:
        st.session_state.conversation = st.query_params.get("conversation")
    wanted = st.session_state.conversation
    if wanted is None:
        return None
    try:
        found = desk.conversations.get(person, wanted)
    except UnknownConversation:
        open_conversation(None)
        return None
    st.query_params["conversation"] = found.id
    return found


def _wanted(desk: Desk, turns: Sequence[KeptTurn]) -> tuple[str, Sequence[KeptTurn]]:
    """The question to answer now, if any, and the turns that it comes after."""
    asked = st.chat_input(
        "Ask the documents, or drop files here",
        key="question",
        accept_file="multiple",
        file_type=sorted(suffix.lstrip(".") for suffix in SUFFIXES),
        submit_mode="stop",
    )
    again: tuple[str, int | None] | None = st.session_state.pop("again", None)
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
        draw_whole(desk, turn.answered, key=f"turn-{turn.id}")
        draw_actions(desk, person, turn)


def _answer(
    desk: Desk,
    person: str,
    conversation_id: str,
    question: str,
    after: Sequence[KeptTurn],
    choices: Choices,
) -> None:
    """Draw the answer while it comes. Stop ends this script at its next draw: what came until then is kept."""
    stop = threading.Event()
    with st.chat_message("user", avatar=":material/person:"):
        st.text(question)
    try:
        turn = desk.converse(person, conversation_id, question, after=after, choices=choices, stop=stop)
    except _PROBLEMS as error:
        st.error(as_label(str(error)), icon=":material/error:")
        return
    answered = Answered(question=question)
    ended = threading.Event()
    _redraw_when(ended)
    with st.chat_message("assistant", avatar=":material/local_library:"):
        try:
            _draw_live(desk, answered, turn, choices)
        finally:
            # Reached by Stop too, as an exception out of a draw: no draw and no session state is possible here.
            stop.set()
            for event in turn:
                answered.add(event)
            ended.set()
    # What can be done with an answer is drawn from what was kept of it.
    st.rerun()


@st.fragment(run_every=0.5)
def _redraw_when(ended: threading.Event) -> None:
    """Stop ends the script that draws the answer, and nothing else would draw the page anew."""
    if ended.is_set():
        st.rerun()


def _draw_live(desk: Desk, answered: Answered, turn: Any, choices: Choices) -> None:
    with st.spinner("Searching …"):
        for event in turn:
            answered.add(event)
            if isinstance(event, events.Quoted | events.Stopped):
                break
    if answered.query:
        draw_quotes(answered)
    state, reasons, written = st.empty(), st.empty(), st.empty()
    for event in turn:
        answered.add(event)
        match event:
            case Queued(ahead=ahead):
                state.caption(f"Waiting: {ahead} before you …" if ahead else "Your turn …")
            case Reading(done=done, total=total):
                state.progress(done / max(1, total), f"The model reads: {done} of {total} tokens")
            case events.Reasoning():
                state.caption("The model looks through the passages …")
                draw_reasoning(reasons, answered.reasoning)
            case events.Text():
                state.empty()
                info = desk.backends.get(choices.backend, choices.model).info
                draw_written(written, answered.text, model=info.model, draft=not info.beats_quote)
            case events.Stopped():
                reasons.empty()
                written.empty()
    state.empty()


def _take_in(desk: Desk, files: Sequence[Any]) -> None:
    batch = desk.upload(Upload(name=file.name, content=file) for file in files)
    with st.chat_message("assistant", avatar=":material/upload_file:"):
        draw_batch(desk, batch)


draw()
