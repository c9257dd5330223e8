"""Ask: a question, the sentences that answer it, their sources, and on request a model's draft."""

import threading
from collections.abc import Sequence
from typing import Any

import streamlit as st

from assistant import events
from assistant.desk import Desk
from assistant.prompts import QUOTE, prompt_names
from assistant.uploads import Upload
from ingest.parsing import SUFFIXES
from models.backend import Queued, Reading
from models.gguf import ModelFileError
from pages.answer import Answered, draw_figures, draw_quotes, draw_sources, draw_written
from pages.batches import draw_batch
from pages.desk import the_desk

_PROMPT_LABELS = {QUOTE: "Quotes, at once", "direct": "Quotes, then a draft by the model"}


def draw() -> None:
    """The whole page."""
    desk = the_desk()
    conversation: list[Answered] = st.session_state.setdefault("conversation", [])
    prompt, model, collections = _draw_choices(desk)
    welcome = st.empty()
    if not conversation:
        with welcome.container():
            _draw_welcome(desk)
    for number, answered in enumerate(conversation):
        _draw_answered(desk, answered, key=f"turn-{number}")
    asked = st.chat_input(
        "Ask the documents, or drop files here",
        key="question",
        accept_file="multiple",
        file_type=sorted(suffix.lstrip(".") for suffix in SUFFIXES),
        submit_mode="stop",
    )
    question = st.session_state.pop("example", None)
    if asked is not None:
        if asked.files:
            _take_in(desk, asked.files)
        question = asked.text.strip()
    if question:
        welcome.empty()
        answered = Answered(question=question)
        conversation.append(answered)
        _answer(
            desk, answered, prompt=prompt, model=model, collections=collections, key=f"turn-{len(conversation) - 1}"
        )


def _draw_choices(desk: Desk) -> tuple[str, str, Sequence[str]]:
    """Prompt, model and collections, as chosen in the sidebar."""
    with st.sidebar:
        if st.button("New conversation", icon=":material/add_comment:", width="stretch"):
            st.session_state.conversation = []
            st.session_state.pop("context", None)
        names = prompt_names()
        prompt = st.radio(
            "Answer with",
            names,
            index=names.index(desk.settings.answer.prompt),
            format_func=lambda name: _PROMPT_LABELS.get(name, name),
            key="prompt",
        )
        cards = [card.name for card in desk.models.list()]
        model = desk.settings.local.model
        if prompt != QUOTE:
            chosen = cards.index(model) if model in cards else 0
            model = st.selectbox("Local model", cards, index=chosen, key="model")
        existing = list(desk.catalogue.collections())
        collections = st.multiselect("Only in", existing, key="collections") if len(existing) > 1 else []
    return prompt, model, collections


def _draw_welcome(desk: Desk) -> None:
    st.title("Ask your documents")
    st.markdown(
        "Every answer is made of sentences from the documents, each with its source: "
        "click a source to see the passage on its page."
    )
    counts = desk.catalogue.counts()
    if not counts["documents"]:
        st.markdown("The desk has no documents yet. Drop files into the box below, or begin with the samples.")
        left, right = st.columns(2)
        wanted = left.button("Load the samples", icon=":material/auto_stories:", type="primary", width="stretch")
        right.page_link("pages/documents.py", label="Add documents", icon=":material/upload_file:", width="stretch")
        if wanted and draw_batch(desk, desk.load_samples()):
            st.rerun()
        return
    st.caption(f"{counts['documents']} documents, {counts['passages']} passages on the desk.")
    if "samples" in desk.catalogue.collections():
        st.markdown("Try one of these:")
        for number, example in enumerate(desk.sample_questions()):
            if st.button(example, key=f"example-{number}", width="stretch"):
                st.session_state.example = example
                st.rerun()


def _draw_answered(desk: Desk, answered: Answered, key: str) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.text(answered.question)
    with st.chat_message("assistant", avatar=":material/local_library:"):
        draw_quotes(answered)
        finished = answered.finished
        if finished is not None and finished.model and answered.text:
            draw_written(st.empty(), answered.text, model=finished.model, draft=finished.draft)
        draw_sources(desk, answered, key)
        if finished is not None:
            draw_figures(finished)


def _answer(desk: Desk, answered: Answered, *, prompt: str, model: str, collections: Sequence[str], key: str) -> None:
    """Draw the answer while it comes. Stop ends this script at its next draw: what came until then is kept."""
    stop = threading.Event()
    try:
        turn = desk.ask(
            answered.question,
            prompt=prompt,
            model=model,
            context=st.session_state.get("context"),
            collections=collections,
            stop=stop,
        )
    except ModelFileError as error:
        st.error(str(error), icon=":material/error:")
        return
    with st.chat_message("user", avatar=":material/person:"):
        st.text(answered.question)
    with st.chat_message("assistant", avatar=":material/local_library:"):
        try:
            with st.spinner("Searching …"):
                for event in turn:
                    _keep(answered, event)
                    if isinstance(event, events.Quoted):
                        break
            draw_quotes(answered)
            state, written = st.empty(), st.empty()
            for event in turn:
                _keep(answered, event)
                match event:
                    case Queued(ahead=ahead):
                        state.caption(f"Waiting: {ahead} before you …" if ahead else "Your turn …")
                    case Reading(done=done, total=total):
                        state.progress(done / max(1, total), f"The model reads: {done} of {total} tokens")
                    case events.Text():
                        state.empty()
                        info = desk.backend(model).info
                        draw_written(written, answered.text, model=info.model, draft=not info.beats_quote)
            state.empty()
        finally:
            # Reached by Stop too, as an exception out of a draw: nothing may be drawn here.
            stop.set()
            for event in turn:
                _keep(answered, event)
        draw_sources(desk, answered, key)
        if answered.finished is not None:
            draw_figures(answered.finished)


def _keep(answered: Answered, event: events.TurnEvent) -> None:
    match event:
        case events.Rewritten(query=query):
            answered.query = query
        case events.Found(sources=sources):
            answered.sources = sources
        case events.Quoted(quotes=quotes):
            answered.quotes = quotes
        case events.Text(text=text):
            answered.text += text
        case events.Finished():
            answered.finished = event
            st.session_state.context = event.context


def _take_in(desk: Desk, files: Sequence[Any]) -> None:
    batch = desk.upload(Upload(name=file.name, content=file) for file in files)
    with st.chat_message("assistant", avatar=":material/upload_file:"):
        draw_batch(desk, batch)


draw()
