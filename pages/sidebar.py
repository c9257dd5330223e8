"""The sidebar of Ask: who answers and how, and a person's conversations."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from html import escape

import streamlit as st

from assistant.conversations import Choices, Conversation, to_markdown
from assistant.desk import Desk
from assistant.measured import Measured
from assistant.prompts import QUOTE, UnknownPrompt
from models.backend import BackendError
from pages.labels import as_label
from pages.opened import Opened, open_conversation

_BACKENDS = {"local": "This machine", "hosted": "Hosted", "scripted": "Scripted"}
_SHOWN, _MOST = 20, 500
"""Conversations listed at first, and on request."""


def draw_choices(desk: Desk, here: Opened) -> Choices:
    """Backend, model, prompt and collections of the next question, remembered with the conversation."""
    before = _choices_before(desk, here)
    anew = st.session_state.get("chosen_for") != here.id
    st.session_state.chosen_for = here.id
    with st.sidebar:
        st.button(
            "New conversation", icon=":material/add_comment:", width="stretch", on_click=open_conversation, args=(None,)
        )
        backend = _draw_backend(desk, before, anew=anew)
        model = _draw_model(desk, backend, before, anew=anew)
        prompts = list(dict.fromkeys([*desk.prompts.names(), before.prompt]))  # which may be a certain version
        labels = _labels(desk, prompts)
        _begin("prompt", before.prompt if before.prompt in labels else QUOTE, among=labels, anew=anew)
        prompt = st.radio("How to answer", list(labels), format_func=labels.__getitem__, key="prompt")
        collections = _draw_collections(desk, before, anew=anew)
    choices = Choices(backend=backend, model=model, prompt=prompt, collections=tuple(collections))
    st.session_state.choices = choices
    if anew and before == st.session_state.get("suggested"):
        st.session_state.suggested_as = choices  # with the names that the suggestion left open
    if here.conversation is not None and choices != here.conversation.choices:
        desk.conversations.choose(here.person, here.id, choices)
    return choices


def suggested(choices: Choices) -> Choices | None:
    """What the desk suggested for a new conversation; None where the person has chosen otherwise."""
    if choices != st.session_state.get("suggested_as"):
        return None
    drawn: Choices = st.session_state.suggested
    return drawn


def draw_conversations(desk: Desk, here: Opened) -> None:
    """A person's conversations; what can be done with the one that is open."""
    with st.sidebar:
        st.divider()
        shown = _MOST if st.session_state.get("all_conversations") else _SHOWN
        kept = desk.conversations.of(here.person, limit=shown + 1)
        for conversation in kept[:shown]:
            is_current = conversation.id == here.id
            with st.container(
                horizontal=True, vertical_alignment="center", gap="small", wrap=False, key=f"row-{conversation.id}"
            ):
                st.button(
                    as_label(conversation.title),
                    key=f"open-{conversation.id}",
                    type="secondary" if is_current else "tertiary",
                    width="stretch",
                    on_click=open_conversation,
                    args=(conversation.id,),
                )
                if is_current:
                    with st.popover("More", type="tertiary", help="Rename, export, delete"):
                        _draw_actions(desk, here.person, conversation)
        if len(kept) > shown:
            st.checkbox("Show older ones", key="all_conversations")


def _labels(desk: Desk, prompts: Sequence[str]) -> dict[str, str]:
    """What the prompts that there are are called, by name; of a certain version its number is told."""
    labels = {}
    for name in prompts:
        with suppress(UnknownPrompt):
            label = desk.prompts.load(name).label
            labels[name] = as_label(f"{label} ({name})" if "@" in name else label)
    return labels


def _choices_before(desk: Desk, here: Opened) -> Choices:
    if here.conversation is not None:
        return here.conversation.choices
    before: Choices | None = st.session_state.get("choices")
    if before is None or suggested(before) is not None:  # what was chosen goes on, what was suggested is drawn anew
        before = st.session_state.suggested = desk.choices(here.id)
    return before


def _begin(key: str, value: str, *, among: Collection[str], anew: bool) -> None:
    """What a choice begins with when a conversation is opened, or when what was chosen is there no more.

    All conversations share the choices' keys. With keys of their own the browser would put new ones in the place of the
    old, and a click on the old in the meantime would be lost.
    """
    if anew or st.session_state.get(key) not in among:
        st.session_state[key] = value


def _draw_backend(desk: Desk, before: Choices, *, anew: bool) -> str:
    there = desk.backends.kinds()
    offered = list(dict.fromkeys(["local", "hosted", *there]))
    _begin("backend", before.backend if before.backend in offered else "local", among=offered, anew=anew)
    st.segmented_control(
        "Who writes",
        offered,
        required=True,
        format_func=lambda name: _BACKENDS[name],
        width="stretch",
        key="backend",
    )
    chosen: str = st.session_state.backend
    if chosen not in there:
        st.info(
            "No hosted model is set up: give its address and key in `refdesk.toml` or `.streamlit/secrets.toml`"
            " (docs/hosted-models.md). Until then this machine answers.",
            icon=":material/info:",
        )
        return "local"
    return chosen


def _draw_collections(desk: Desk, before: Choices, *, anew: bool) -> Sequence[str]:
    existing = list(desk.catalogue.collections())
    if len(existing) < 2:
        return ()
    chosen = before.collections if anew else st.session_state.get("collections", before.collections)
    st.session_state.collections = [name for name in chosen if name in existing]
    return st.multiselect("Only in", existing, key="collections")


def _draw_model(desk: Desk, backend: str, before: Choices, *, anew: bool) -> str | None:
    try:
        names = desk.backends.models(backend)
    except BackendError as error:
        st.caption(as_label(str(error)))
        return before.model if before.backend == backend else None
    if not names:
        return None
    key = f"model-{backend}"
    chosen = before.model if before.backend == backend and before.model in names else names[0]
    _begin(key, chosen, among=names, anew=anew)
    model: str = st.selectbox("Model", names, key=key, label_visibility="collapsed")
    so_far = _so_far(desk.measured(backend, model), desk.settings.prices.currency)
    st.html(f'<div class="figures">{escape(so_far)}</div>')
    return model


def _so_far(measured: Measured, currency: str) -> str:
    if not measured.answers:
        return "Nothing measured on this desk yet."
    parts = [f"{measured.answers} answer{'s' if measured.answers > 1 else ''} so far"]
    if measured.first_token_s is not None:
        parts.append(f"first token {measured.first_token_s:.1f} s")
    if measured.tokens_per_second is not None:
        parts.append(f"{measured.tokens_per_second:.0f} tokens/s")
    if measured.completion_tokens is not None:
        parts.append(f"{measured.completion_tokens:.0f} tokens")
    if measured.cost is not None:
        parts.append(f"{currency}{measured.cost:.4f} an answer")
    return " · ".join(parts)


def _draw_actions(desk: Desk, person: str, conversation: Conversation) -> None:
    title = st.text_input("Title", conversation.title, key=f"title-{conversation.id}")
    if title.strip() and title != conversation.title:
        desk.conversations.rename(person, conversation.id, title)
        st.rerun()
    st.download_button(
        "Export as Markdown",
        to_markdown(conversation.title, desk.conversations.turns(person, conversation.id)),
        file_name=f"{_file_name(conversation.title)}.md",
        mime="text/markdown",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )
    if st.button("Delete for good", icon=":material/delete:", width="stretch", key=f"delete-{conversation.id}"):
        desk.conversations.delete(person, conversation.id)
        open_conversation(None)
        st.rerun()


def _file_name(title: str) -> str:
    kept: Sequence[str] = "".join(c if c.isalnum() else " " for c in title).split()
    return "-".join(kept).lower()[:60] or "conversation"
