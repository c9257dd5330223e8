"""Review: one turn at a time, beside what it rests on; decided by single keys."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from assistant.data_sets.rows import GoldSource, Row, RowsError
from assistant.desk import Desk
from assistant.review.review import Decision, ReviewedTurn, ReviewError
from assistant.review.reviews import DATA_SET
from pages.desk import the_desk
from pages.evaluation.style import STYLE
from pages.labels import as_label
from pages.review.diagnosis import close_faults, draw_diagnosis, is_choosing
from pages.review.drawing import holds, passage_html, place_html, turn_html, wanted_html
from pages.visitors import this_person

_AT, _CORRECTING = "reviewed", "correcting"
# Label, icon and key of what one press decides. (A docstring here would be drawn: this file is a page's script.)
_KEYS: Mapping[Decision, tuple[str, str, str]] = {
    "approved": ("Approve", "check", "A"),
    "rejected": ("Reject", "close", "X"),
    "private": ("Private", "visibility_off", "M"),
}
# Those that a digit marks.
_MOST_SOURCES = 9


def draw() -> None:
    """The whole page."""
    st.html(STYLE)
    desk, person = the_desk(), this_person()
    st.title("Review")
    turn: ReviewedTurn | None = desk.reviews.next(person)
    if turn is None:
        st.markdown("Nothing waits for a look. Answers come here when a thumb points down, or the desk was not sure.")
        _draw_undo(desk, person)
        _look_again(desk)
        return
    if st.session_state.get(_AT) != turn.turn_id:
        st.session_state[_AT] = turn.turn_id
        st.session_state[_CORRECTING] = False
        close_faults()
    row = _marked(turn)
    _draw_steps(desk, person, turn, row)
    left, right = st.columns(2, gap="large")
    with left:
        st.html(turn_html(turn))
        draw_diagnosis(desk, person, turn)
        st.html(wanted_html(row))
        if st.session_state[_CORRECTING]:
            _draw_form(desk, person, turn, row)
    with right:
        _draw_passages(turn)


def _draw_steps(desk: Desk, person: str, turn: ReviewedTurn, row: Row) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for decision, (label, icon, key) in _KEYS.items():
            st.button(
                label,
                icon=f":material/{icon}:",
                shortcut=key,
                type="primary" if decision == "approved" else "secondary",
                on_click=_decide,
                args=(desk, person, turn.turn_id, decision, row),
            )
        st.button("Correct", icon=":material/edit:", shortcut="E", on_click=_correct, args=(True,))
        st.button("Previous", icon=":material/chevron_left:", shortcut="P", on_click=_go, args=(desk, person, -1))
        st.button("Next", icon=":material/chevron_right:", shortcut="N", on_click=_go, args=(desk, person, 1))
        _draw_undo(desk, person)
        progress = desk.reviews.progress()
        st.html(f'<span class="facts">{progress.waiting} wait · {progress.done_today} done today</span>')


@st.fragment(run_every=2)
def _look_again(desk: Desk) -> None:
    # Turns are taken in in the background: one that came just now is there in a moment.
    if desk.reviews.has_free():
        st.rerun()


def _draw_undo(desk: Desk, person: str) -> None:
    st.button("Undo", icon=":material/undo:", type="tertiary", shortcut="U", on_click=_undo, args=(desk, person))


def _draw_passages(turn: ReviewedTurn) -> None:
    if not turn.answered.sources:
        st.caption("No passage was found.")
    marked = st.session_state.setdefault(_marks_key(turn), set())
    for place, source in enumerate(turn.answered.sources, start=1):
        is_marked = source.n in marked
        st.html(passage_html(turn, source, is_marked=is_marked))
        st.button(
            "Not the right source" if is_marked else "The right source",
            icon=":material/bookmark_remove:" if is_marked else ":material/bookmark_add:",
            key=f"mark-{turn.turn_id}-{source.n}",
            type="tertiary",
            # While a fault is chosen the digits are for that.
            shortcut=str(place) if place <= _MOST_SOURCES and not is_choosing() else None,
            on_click=_mark,
            args=(_marks_key(turn), source.n, not is_marked),
        )
    right = turn.diagnosis.right if turn.diagnosis is not None else None
    if right is not None and not any(holds(source, right) for source in turn.answered.sources):
        st.html(place_html(right))


def _draw_form(desk: Desk, person: str, turn: ReviewedTurn, row: Row) -> None:
    with st.form(f"correct-{turn.turn_id}", border=True):
        question = st.text_area("Question", row.question)
        answerable = st.checkbox("The documents answer it", row.answerable)
        answers = st.text_area("Right answers, one a line", "\n".join(row.answers), help="Any one of them is right.")
        with st.container(horizontal=True):
            save = st.form_submit_button("Save and approve", type="primary", icon=":material/check:")
            cancel = st.form_submit_button("Cancel")
    if cancel:
        _correct(False)
        st.rerun()
    if save:
        corrected = replace(
            row,
            question=question.strip(),
            answerable=answerable,
            answers=tuple(line.strip() for line in answers.splitlines() if line.strip()) if answerable else (),
            sources=row.sources if answerable else (),
        )
        try:
            desk.reviews.decide(person, turn.turn_id, "corrected", corrected, data_set=DATA_SET)
        except (ReviewError, RowsError) as error:
            st.error(as_label(str(error)), icon=":material/error:")
        else:
            st.rerun()


def _marked(turn: ReviewedTurn) -> Row:
    """The row with the sources that were marked, where any were, in the place of those that the answer cites."""
    marked = st.session_state.get(_marks_key(turn))
    if not marked:
        return turn.row
    passages = {source.n: source.passage for source in turn.answered.sources if source.n in marked}
    quotes = {quote.n: quote.text for quote in reversed(turn.answered.quotes)}
    sources = tuple(
        GoldSource(document=passage.document, page=passage.page, quote=quotes.get(n, passage.text))
        for n, passage in passages.items()
    )
    return replace(turn.row, sources=sources)


def _marks_key(turn: ReviewedTurn) -> str:
    return f"right-sources-{turn.turn_id}"


def _mark(key: str, n: int, is_right: bool) -> None:
    # Not turned over but set: a run that is broken off by the next may do what was pressed a second time.
    marked: set[int] = st.session_state.setdefault(key, set())
    (marked.add if is_right else marked.discard)(n)


def _correct(is_on: bool) -> None:
    st.session_state[_CORRECTING] = is_on


def _go(desk: Desk, person: str, step: int) -> None:
    at = st.session_state[_AT]
    if step > 0:
        desk.reviews.next(person, after=at)
    else:
        desk.reviews.previous(person, before=at)


def _decide(desk: Desk, person: str, turn_id: int, decision: Decision, row: Row) -> None:
    try:
        desk.reviews.decide(person, turn_id, decision, row, data_set=DATA_SET)
    except (ReviewError, RowsError) as error:
        st.toast(as_label(str(error)), icon=":material/error:")


def _undo(desk: Desk, person: str) -> None:
    desk.reviews.undo(person)


draw()
