"""Thumbs under an answer: one vote, changed or taken back at any time, with the reasons for it."""

from dataclasses import replace

import streamlit as st

from assistant.conversations import KeptTurn, Vote
from assistant.desk import Desk
from assistant.feedback import REASONS

_UP, _DOWN = 1, -1


def draw_thumbs(desk: Desk, person: str, turn: KeptTurn) -> None:
    """The two thumbs, as they were pressed."""
    key = f"thumbs-{turn.id}"
    if key not in st.session_state and turn.vote is not None:
        st.session_state[key] = int(turn.vote.value == _UP)
    st.feedback("thumbs", key=key, on_change=_voted, args=(desk, person, turn, key))


def draw_reasons(desk: Desk, person: str, turn: KeptTurn) -> None:
    """Once a thumb is pressed: why, and what would have been better."""
    vote = turn.vote
    if vote is None:
        return
    is_down = vote.value == _DOWN
    said = bool(vote.reasons or vote.comment or vote.better_answer)
    label = "Thank you. Say more?" if not said else "Thank you. What you said is kept"
    with (
        st.expander(label, expanded=is_down and not said, icon=":material/rate_review:"),
        st.form(f"reasons-{turn.id}", border=False),
    ):
        reasons = list(vote.reasons)
        if is_down:
            reasons = st.pills(
                "What is wrong?",
                list(REASONS),
                selection_mode="multi",
                default=reasons,
                format_func=lambda reason: REASONS[reason],
                key=f"why-{turn.id}",
            )
        comment = st.text_input("Comment", vote.comment, max_chars=2000, key=f"comment-{turn.id}")
        better = st.text_area(
            "A better answer",
            vote.better_answer,
            max_chars=8000,
            help="What should have been answered: the next local model learns from it.",
            key=f"better-{turn.id}",
        )
        if st.form_submit_button("Send feedback", icon=":material/send:"):
            said_now = replace(vote, reasons=tuple(reasons), comment=comment.strip(), better_answer=better.strip())
            desk.feedback.vote(person, turn.id, said_now)
            st.rerun()


def _voted(desk: Desk, person: str, turn: KeptTurn, key: str) -> None:
    pressed = st.session_state[key]
    if pressed is None:
        desk.feedback.retract(person, turn.id)
        return
    value = _UP if pressed else _DOWN
    said = turn.vote or Vote(value=value)
    desk.feedback.vote(person, turn.id, replace(said, value=value, reasons=said.reasons if value == _DOWN else ()))
