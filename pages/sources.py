"""The sources of an answer: each is shown in its document, and whoever asked says whether it is the right one."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from assistant.answered import Answered
from assistant.conversations import KeptTurn
from assistant.desk import Desk
from assistant.events import Quote, Source
from pages.labels import as_label
from pages.passage import show_passage

_MARKS = {True: ":material/check: Right source", False: ":material/close: Wrong source"}


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who looks at an answer of theirs: what they do with it and think of its sources counts."""

    person: str
    turn: KeptTurn


def draw_sources(desk: Desk, answered: Answered, key: str, *, asker: Asker | None = None) -> None:
    """A card a source; a click shows it in its document. An asker can mark each as right or wrong."""
    if not answered.sources:
        return
    quoted = {quote.n: quote for quote in reversed(answered.quotes)}
    cited = [citation.n for citation in answered.finished.citations] if answered.finished else []
    shown = [s for s in answered.sources if s.n in quoted or s.n in cited]
    rest = [s for s in answered.sources if s not in shown]
    if shown:
        _cards(desk, shown, quoted, key, asker)
    if rest:
        with st.expander("Nearest passages" if not shown else f"{len(rest)} more passages found"):
            _cards(desk, rest, quoted, key, asker)


def _cards(desk: Desk, sources: Sequence[Source], quoted: dict[int, Quote], key: str, asker: Asker | None) -> None:
    for source in sources:
        if asker is None:
            _card(desk, source, quoted.get(source.n), key, asker)
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}-row-{source.n}"):
            _card(desk, source, quoted.get(source.n), key, asker)
            _mark(desk, source, asker)


def _card(desk: Desk, source: Source, quote: Quote | None, key: str, asker: Asker | None) -> None:
    passage = source.passage
    first = quote.page if quote else passage.page
    page = f", page {first}" if first else ""
    heading = f" · {passage.headings[-1]}" if passage.headings else ""
    label = as_label(f"[{source.n}] {passage.document}{page}{heading}")
    if st.button(label, key=f"{key}-source-{source.n}", width="stretch", icon=":material/description:"):
        if asker is not None:
            desk.feedback.notice(asker.person, asker.turn.id, "opened-source", source=source.n)
        span = (quote.start, quote.end) if quote else (passage.start, passage.end)
        show_passage(desk, passage, *span)


def _mark(desk: Desk, source: Source, asker: Asker) -> None:
    """Two small buttons, as they were pressed; pressed again, one is let go."""
    key = f"source-mark-{asker.turn.id}-{source.n}"
    if key not in st.session_state and source.n in asker.turn.marks:
        st.session_state[key] = asker.turn.marks[source.n]
    st.segmented_control(
        f"Is [{source.n}] the right source?",
        list(_MARKS),
        format_func=lambda mark: _MARKS[mark],
        key=key,
        label_visibility="collapsed",
        on_change=_marked,
        args=(desk, asker, source.n, key),
    )


def _marked(desk: Desk, asker: Asker, n: int, key: str) -> None:
    desk.feedback.mark_source(asker.person, asker.turn.id, n, st.session_state[key])
