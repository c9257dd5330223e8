"""Where an answer went wrong, beside its vote: confirmed or corrected by a click or a key."""

import streamlit as st

from assistant.desk import Desk
from assistant.diagnosis import FAULTS, Fault, UndiagnosableTurn
from assistant.review.review import ReviewedTurn
from pages.labels import as_label
from pages.review.drawing import diagnosis_html

_CHOOSING = "choosing-a-fault"
_KEYS = "1234567890"


def draw_diagnosis(desk: Desk, person: str, turn: ReviewedTurn) -> None:
    """What was found and why, and the way to say something else; nothing where no thumb points down."""
    diagnosis = turn.diagnosis
    if diagnosis is None:
        if turn.vote is not None and turn.vote.value < 0:
            _await_diagnosis(desk, turn.turn_id)
        return
    st.html(diagnosis_html(diagnosis))
    with st.container(horizontal=True):
        if not diagnosis.is_corrected:
            st.button(
                "That is it",
                icon=":material/thumb_up:",
                type="tertiary",
                shortcut="Y",
                on_click=_say,
                args=(desk, person, turn.turn_id, diagnosis.found),
            )
        st.button(
            "Something else" if not is_choosing() else "Leave it",
            icon=":material/troubleshoot:",
            type="tertiary",
            shortcut="D",
            on_click=_choose,
            args=(not is_choosing(),),
        )
    if is_choosing():
        _draw_faults(desk, person, turn.turn_id, diagnosis.fault)


def is_choosing() -> bool:
    """Whether the reviewer is choosing a fault at the moment."""
    return bool(st.session_state.get(_CHOOSING))


def close_faults() -> None:
    """Ask for no fault any more."""
    st.session_state[_CHOOSING] = False


def _draw_faults(desk: Desk, person: str, turn_id: int, now: Fault) -> None:
    faults = [fault for fault in FAULTS if fault != "unknown"]
    for key, fault in zip(_KEYS, faults, strict=True):
        st.button(
            FAULTS[fault],
            key=f"fault-{fault}",
            type="primary" if fault == now else "secondary",
            shortcut=key,
            width="stretch",
            on_click=_say,
            args=(desk, person, turn_id, fault),
        )


@st.fragment(run_every=2)
def _await_diagnosis(desk: Desk, turn_id: int) -> None:
    st.html('<div class="label">Where it went wrong</div><div class="said wanted">It is being looked into …</div>')
    if desk.diagnoses.of(turn_id) is not None:
        st.rerun()


def _say(desk: Desk, person: str, turn_id: int, fault: Fault) -> None:
    try:
        desk.diagnoses.correct(person, turn_id, fault)
    except UndiagnosableTurn as error:
        st.toast(as_label(str(error)), icon=":material/error:")
    close_faults()


def _choose(is_on: bool) -> None:
    st.session_state[_CHOOSING] = is_on
