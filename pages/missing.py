"""What is asked and is in no document: a list to tick off, where documents are added."""

from html import escape

import streamlit as st

from assistant.desk import Desk
from assistant.insights.missing import Missing

_FIRST = 5
_ALL, _TICKED = "all-missing", "ticked-off"


@st.fragment
def draw_missing(desk: Desk, person: str) -> None:
    """The most asked first; nothing where nothing is missing and nothing was ticked off in this visit."""
    with st.spinner("Looking through what was asked …"):  # seconds, the first time there is much of it
        found = desk.missing.list()
    is_ticked = bool(st.session_state.get(_TICKED))
    if not found and not is_ticked:
        return
    st.subheader(f"Asked, and not in the documents: {len(found)}", anchor=False)
    for missing in found if st.session_state.get(_ALL) else found[:_FIRST]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(_missing_html(missing), width="stretch")
            st.button(
                "Done",
                key=f"missing-{missing.turn_ids[0]}",
                icon=":material/check:",
                help="Ticks it off. It comes back when it is asked again and still not found.",
                on_click=_tick_off,
                args=(desk, person, missing),
            )
    with st.container(horizontal=True):
        if len(found) > _FIRST:
            st.toggle(f"All {len(found)}", key=_ALL)
        if is_ticked:
            st.button(
                "Put the last one back", icon=":material/undo:", type="tertiary", on_click=_undo, args=(desk, person)
            )


def _missing_html(missing: Missing) -> str:
    times = f"{missing.times} ×" if missing.times > 1 else "once"
    last = f"{missing.last_at:%d %b %Y}"
    facts = [f"asked {times}", f"last {last}", f"by {missing.people} people" if missing.people > 1 else ""]
    if missing.outdated:
        facts.append(f"outdated: {missing.outdated}")
    others = "".join(f"<li>{escape(other)}</li>" for other in missing.others)
    more = f"<details><summary>{len(missing.others)} other wordings</summary><ul>{others}</ul></details>"
    return (
        f'<div class="missing"><div>{escape(missing.question)}</div>'
        f'<div class="figures">{escape(" · ".join(filter(None, facts)))}</div>{more if others else ""}</div>'
    )


def _tick_off(desk: Desk, person: str, missing: Missing) -> None:
    desk.missing.tick_off(person, missing.turn_ids)
    st.session_state[_TICKED] = True


def _undo(desk: Desk, person: str) -> None:
    desk.missing.undo(person)
    st.session_state[_TICKED] = False
