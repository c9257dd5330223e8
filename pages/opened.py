"""The conversation that a page shows: one that is kept, or one whose first question is still to come."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from assistant.conversations import Choices, Conversation, KeptTurn, UnknownConversation
from assistant.desk import Desk
from pages.live import LiveTurn


@dataclass(kw_only=True)
class Opened:
    """Known by its id before it is kept, so that what was chosen for it stays with it."""

    desk: Desk
    person: str
    id: str
    conversation: Conversation | None
    _lives: dict[str, tuple[LiveTurn, Sequence[KeptTurn]]] = field(default_factory=dict)

    @property
    def live(self) -> LiveTurn | None:
        """The answer that is being written here."""
        live, _ = self._lives.get(self.id, (None, ()))
        return live

    @property
    def live_after(self) -> Sequence[KeptTurn]:
        """The turns that it comes after."""
        return self._lives[self.id][1]

    def begin(self, question: str, choices: Choices, *, suggested: Choices | None) -> None:
        """Keep the conversation from its first question on; as the desk `suggested` it, it may be part of a trial."""
        if self.conversation is None:
            self.conversation = self.desk.conversations.begin(self.person, question, choices, conversation_id=self.id)
            if suggested is not None:
                self.desk.trials.enter(self.id, suggested)
            st.query_params["conversation"] = self.id

    def follow(self, live: LiveTurn, after: Sequence[KeptTurn]) -> None:
        """Remember an answer that is being written, for when the page is drawn anew."""
        self._lives[self.id] = (live, after)

    def end_live(self) -> None:
        """End the answer that is being written, as the next question does."""
        live, _ = self._lives.pop(self.id, (None, ()))
        if live is not None:
            live.stop()
            live.ended.wait()

    def turns(self) -> list[KeptTurn]:
        """What is kept of it."""
        return self.desk.conversations.turns(self.person, self.id) if self.conversation else []


def opened(desk: Desk, person: str) -> Opened:
    """The conversation that is open: by this visit, or by the page's address."""
    if "conversation" not in st.session_state:
        open_conversation(st.query_params.get("conversation"))
    lives: dict[str, tuple[LiveTurn, Sequence[KeptTurn]]] = st.session_state.setdefault("lives", {})
    for ended in [id_ for id_, (live, _) in lives.items() if live.ended.is_set()]:
        del lives[ended]
    try:
        found = desk.conversations.get(person, st.session_state.conversation)
    except UnknownConversation:
        # One to come; or one that was deleted, or is somebody else's, whose id is not to be taken.
        if st.query_params.pop("conversation", None) is not None:
            open_conversation(None)
        return Opened(desk=desk, person=person, id=st.session_state.conversation, conversation=None, _lives=lives)
    st.query_params["conversation"] = found.id
    return Opened(desk=desk, person=person, id=found.id, conversation=found, _lives=lives)


def open_conversation(conversation_id: str | None) -> None:
    """Go on with a conversation, or with None begin a new one."""
    st.session_state.conversation = conversation_id or uuid.uuid4().hex
    st.session_state.pop("editing", None)
    if conversation_id is None:
        st.query_params.pop("conversation", None)
    else:
        st.query_params["conversation"] = conversation_id
