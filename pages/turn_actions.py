"""What can be done with a turn: vote, ask again, edit the question, look at the other branches."""

import streamlit as st

from assistant.conversations import KeptTurn
from assistant.desk import Desk
from pages.copying import draw_copy
from pages.feedback import draw_reasons, draw_thumbs


def draw_actions(desk: Desk, person: str, turn: KeptTurn) -> None:
    """A row of buttons under an answer, and below it what a pressed thumb asks for."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"actions-{turn.id}"):
        if turn.answered.finished is not None:
            draw_thumbs(desk, person, turn)
        st.button(
            "Ask again",
            icon=":material/refresh:",
            type="tertiary",
            key=f"again-{turn.id}",
            on_click=_ask_again,
            args=(turn.answered.question, turn.id),
        )
        st.button(
            "Edit the question",
            icon=":material/edit:",
            type="tertiary",
            key=f"edit-{turn.id}",
            on_click=_edit,
            args=(turn.id,),
        )
        draw_copy(desk, person, turn)
        if len(turn.siblings) > 1:
            _draw_branches(desk, person, turn)
    draw_reasons(desk, person, turn)


def draw_editor(turn: KeptTurn) -> bool:
    """A form in the question's place, while it is edited; whether it is."""
    if st.session_state.get("editing") != turn.id:
        return False
    key = f"edited-{turn.id}"
    st.text_area("Your question", turn.answered.question, key=key)
    with st.container(horizontal=True):
        st.button("Ask", type="primary", key=f"ask-{turn.id}", on_click=_ask_edited, args=(key, turn.id))
        st.button("Cancel", key=f"cancel-{turn.id}", on_click=_edit, args=(None,))
    return True


def _draw_branches(desk: Desk, person: str, turn: KeptTurn) -> None:
    at = turn.siblings.index(turn.id)
    for icon, said, place in (("chevron_left", "Earlier version", at - 1), ("chevron_right", "Later version", at + 1)):
        is_there = 0 <= place < len(turn.siblings)
        st.button(
            said,
            icon=f":material/{icon}:",
            type="tertiary",
            key=f"{icon}-{turn.id}",
            disabled=not is_there,
            on_click=_show,
            args=(desk, person, turn.siblings[place] if is_there else turn.id),
        )
    st.html(f'<span class="figures">{at + 1} of {len(turn.siblings)}</span>')


def _ask_again(question: str, turn_id: int) -> None:
    st.session_state.again = (question, turn_id)


def _edit(turn_id: int | None) -> None:
    st.session_state.editing = turn_id


def _ask_edited(key: str, turn_id: int) -> None:
    st.session_state.editing = None
    question = st.session_state[key].strip()
    if question:
        st.session_state.again = (question, turn_id)


def _show(desk: Desk, person: str, turn_id: int) -> None:
    desk.conversations.show(person, st.session_state.conversation, turn_id)
