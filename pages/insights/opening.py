"""Which answers are open on the page: those behind a figure, or one of them."""

from dataclasses import dataclass

import streamlit as st

from assistant.insights import Selection


@dataclass(frozen=True, kw_only=True)
class OpenedRows:
    """The answers behind a figure."""

    selection: Selection
    title: str


def opened_rows() -> OpenedRows | None:
    """What this visit has open; None where it looks at the figures."""
    rows: OpenedRows | None = st.session_state.get("insights-rows")
    return rows


def open_rows(selection: Selection, title: str) -> None:
    """Open the answers of a selection, and draw the page anew."""
    st.session_state["insights-rows"] = OpenedRows(selection=selection, title=title)
    st.session_state.pop("insights-turn", None)
    st.rerun()


def close_rows() -> None:
    """Go back to the figures."""
    st.session_state.pop("insights-rows", None)
    st.session_state.pop("insights-turn", None)


def opened_turn() -> int | None:
    """Id of the turn that is open."""
    turn: int | None = st.session_state.get("insights-turn")
    return turn


def open_turn(turn_id: int | None) -> None:
    """Open one of the answers; None goes back to them."""
    st.session_state["insights-turn"] = turn_id
