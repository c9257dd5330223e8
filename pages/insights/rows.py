"""The answers behind a figure, and one of them whole."""

from dataclasses import replace
from html import escape

import streamlit as st

from assistant.desk import Desk
from assistant.diagnosis import FAULTS
from assistant.facts import OUTCOMES
from assistant.feedback import REASONS
from assistant.insights.export import turns_csv
from assistant.insights.turns import SeenTurn
from assistant.signals import SIGNALS
from pages.answer import draw_whole
from pages.insights.opening import OpenedRows, close_rows, open_turn, opened_turn
from pages.labels import as_label

_MOST = 500
_SOURCES = {True: "right source", False: "wrong source"}
_VOTES = {1: "up", -1: "down", None: ""}


def draw_rows(desk: Desk, opened: OpenedRows) -> None:
    """The table, or the turn that is open."""
    turn_id = opened_turn()
    turn = desk.insights.turn(turn_id) if turn_id is not None else None
    if turn is not None:
        if st.button("All of these", icon=":material/arrow_back:", type="tertiary"):
            open_turn(None)
            st.rerun()
        _draw_turn(desk, turn)
        return
    if st.button("Insights", icon=":material/arrow_back:", type="tertiary"):
        close_rows()
        st.rerun()
    st.subheader(as_label(opened.title), anchor=False)
    selection = opened.selection
    if selection.vote == 0:
        selection = replace(selection, vote=_choose_thumbs())
    turns = desk.insights.turns(selection, limit=_MOST)
    if not turns:
        st.markdown("There are no such answers in these days.")
        return
    chosen = st.dataframe(
        [_line(turn) for turn in turns],
        width="stretch",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Question": st.column_config.TextColumn(width="medium"),
            "Answer": st.column_config.TextColumn(width="medium"),
            "Asked": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
            "Seconds": st.column_config.NumberColumn(format="%.2f"),
        },
        key="insights-chosen",
        alt="Answers, the newest first",
    )
    rows = chosen["selection"]["rows"]
    if rows:
        open_turn(turns[rows[0]].id)
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "CSV",
            lambda: turns_csv(desk.insights.turns(selection, limit=None)),
            file_name="answers.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        newest = f"The newest {_MOST:,}; the file has all. " if len(turns) == _MOST else ""
        st.caption(f"{newest}Select a row to see the whole answer. Who asked is not shown.")


def _choose_thumbs() -> int:
    thumbs = {"All thumbs": 0, "Up": 1, "Down": -1}
    chosen = st.segmented_control(
        "Thumbs", list(thumbs), default="All thumbs", required=True, key="insights-thumbs", label_visibility="collapsed"
    )
    return thumbs[chosen or "All thumbs"]


def _draw_turn(desk: Desk, turn: SeenTurn) -> None:
    st.subheader(as_label(turn.question), anchor=False)
    facts = [f"{turn.asked_at:%d %b %Y, %H:%M} UTC", OUTCOMES.get(turn.outcome, turn.outcome)]
    if turn.vote is not None:
        facts.append(
            f"thumb {_VOTES[turn.vote]} {', '.join(REASONS.get(reason, reason) for reason in turn.reasons)}".strip()
        )
    if turn.fault is not None:
        facts.append(_fault(turn.fault))
    facts += [f"{said}: {', '.join(turn.marked(mark))}" for mark, said in _SOURCES.items() if turn.marked(mark)]
    facts += [f"{SIGNALS.get(kind, kind).lower()}: {times} ×" for kind, times in turn.signals.items()]
    st.html(f'<div class="facts">{escape(" · ".join(facts))}</div>')
    for title, text in (("Comment", turn.comment), ("Better answer", turn.better_answer)):
        if text:
            st.html(f'<div class="facts"><b>{title}:</b> {escape(text)}</div>')
    draw_whole(desk, turn.answered, f"insight-{turn.id}")
    finished = turn.answered.finished
    if finished is not None and finished.steps:
        with st.expander("What took how long", icon=":material/timer:"):
            st.dataframe(
                [
                    {"Step": step.name, "Began": step.began_s, "Seconds": step.ended_s - step.began_s}
                    for step in finished.steps
                ],
                hide_index=True,
                column_config={
                    "Began": st.column_config.NumberColumn(format="%.3f"),
                    "Seconds": st.column_config.NumberColumn(format="%.3f"),
                },
            )


def _line(turn: SeenTurn) -> dict[str, object]:
    return {
        "Question": turn.question,
        "Answer": turn.beginning,
        "Vote": _VOTES[turn.vote],
        "Outcome": OUTCOMES.get(turn.outcome, turn.outcome),
        "Asked": turn.asked_at,
        "Seconds": turn.total_s,
    }


def _fault(name: str) -> str:
    return dict[str, str](FAULTS).get(name, name)  # type: ignore[arg-type]
