"""What was decided about models, by whom and why."""

import streamlit as st

from assistant.desk import Desk
from pages.labels import as_label

_DONE = {"promote": "promoted", "rollback": "rolled back", "retire": "retired"}
_SHOWN = 20


def draw_history(desk: Desk) -> None:
    """The newest first; nothing where nothing was decided."""
    history = desk.registry.history()
    if not history:
        return
    with st.expander("What was decided"):
        for decision in list(reversed(history))[:_SHOWN]:
            at = f"{decision.made_at:%d %b %Y, %H:%M}" if decision.made_at else ""
            why = f": {decision.reason}" if decision.reason else ""
            by = decision.by if decision.by == "command line" else "on this page"
            st.caption(as_label(f"{at} · {decision.model} {_DONE[decision.action]}, {by}{why}"))
