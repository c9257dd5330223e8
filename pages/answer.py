"""An answer on the page: quotes, what a model wrote, sources, figures."""

import re
from collections.abc import Sequence
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from assistant.answered import Answered
from assistant.desk import Desk
from assistant.events import Finished, Quote, Span
from assistant.turn import DOUBTED
from pages.labels import as_label
from pages.sources import Asker, draw_sources

_CELL_END = " | "
_MARKER = re.compile(r"\[(\d+)\]")
_UNSUPPORTED = "No passage that was found supports this sentence."


def draw_quotes(answered: Answered) -> None:
    """The best-supported sentences, or that there are none."""
    if answered.query != answered.question:
        st.html(f'<div class="figures">Searched for: {escape(answered.query)}</div>')
    if not answered.quotes:
        st.markdown("**Not in the documents.** The nearest passages are below; nothing in them answers this.")
        return
    if answered.doubtful:
        st.markdown(f"**{DOUBTED}** These sentences come nearest to it.")
    st.html("".join(_quote_html(quote) for quote in answered.quotes))


def draw_written(
    place: DeltaGenerator, text: str, *, model: str, draft: bool, unsupported: Sequence[Span] = ()
) -> None:
    """What a model has written so far. Documents can put anything into its mouth: it is shown as plain text."""
    label = f"Draft by {escape(model)}: check it against the quotes." if draft else f"Written by {escape(model)}"
    place.html(f'<div class="draft-label">{label}</div><div class="draft">{_marked_html(text, unsupported)}</div>')


def draw_reasoning(place: DeltaGenerator, reasoning: str) -> None:
    """What a model wrote before its answer, behind an expander."""
    with place.expander("Reasons", icon=":material/psychology:"):
        st.html(f'<div class="draft">{escape(reasoning.strip())}</div>')


def draw_whole(desk: Desk, answered: Answered, key: str, *, asker: Asker | None = None) -> None:
    """Everything of an answer that has come to its end, or of one that never did; `asker` where it is their own."""
    finished = answered.finished
    if finished is None:
        st.info("This answer was cut off before it was finished: ask again.", icon=":material/cut:")
        return
    if answered.is_quoted:
        draw_quotes(answered)
    if finished.stop_reason is not None:
        st.warning(as_label(finished.stop_reason), icon=":material/shield:")
    elif finished.model and answered.text:
        # The places that it has while it is written: what is drawn anew elsewhere is there twice for a moment.
        _, reasons, written = st.empty(), st.empty(), st.empty()
        if answered.reasoning.strip():
            draw_reasoning(reasons, answered.reasoning)
        draw_written(
            written,
            finished.answer,
            model=finished.model,
            draft=finished.draft,
            unsupported=finished.unsupported,
        )
    draw_sources(desk, answered, key, asker=asker)
    draw_figures(finished, desk.settings.prices.currency)


def draw_figures(finished: Finished, currency: str) -> None:
    """How long it took, how much was written and what it cost; and why it ended early."""
    if finished.error:
        st.warning(as_label(finished.error), icon=":material/error:")
    parts = []
    if finished.timings.first_token_s is not None:
        parts.append(f"first token {finished.timings.first_token_s:.1f} s")
    if finished.tokens.per_second:
        parts.append(f"{finished.tokens.per_second:.0f} tokens/s")
    if finished.tokens.completion:
        about = "about " if finished.tokens.estimated else ""
        parts.append(f"{about}{finished.tokens.prompt} tokens read, {finished.tokens.completion} written")
    if finished.cost is not None:
        parts.append(f"{currency}{finished.cost:.4f}")
    if finished.timings.quote_s:
        parts.append(f"quoted in {finished.timings.quote_s * 1000:.0f} ms")
    if finished.masked:
        parts.append(f"not shown to the server: {', '.join(finished.masked)}")
    if finished.stopped_by == "person":
        parts.append("stopped")
    if finished.stopped_by == "length":
        parts.append("cut at the length limit")
    st.html(f'<div class="figures">{escape(" · ".join(parts))}</div>')


def _marked_html(text: str, unsupported: Sequence[Span]) -> str:
    """The text with its citations, and its unsupported sentences underlined."""
    pieces, end = [], 0
    for span in unsupported:
        pieces.append(_cited_html(text[end : span.start]))
        sentence = _cited_html(text[span.start : span.end])
        pieces.append(f'<span class="unsupported" title="{_UNSUPPORTED}">{sentence}</span>')
        end = span.end
    note = f'<div class="figures">Underlined: {_UNSUPPORTED[0].lower()}{_UNSUPPORTED[1:]}</div>' if unsupported else ""
    return "".join([*pieces, _cited_html(text[end:]), note])


def _cited_html(text: str) -> str:
    return _MARKER.sub(r'<span class="n">[\1]</span>', escape(text))


def _quote_html(quote: Quote) -> str:
    passage = quote.passage
    where = " · ".join(
        filter(None, [passage.document, f"page {quote.page}" if quote.page else "", *passage.headings[-1:]])
    )
    number = f'<span class="n">[{quote.n}]</span>'
    said = _table_html(quote, number) if _CELL_END in quote.text else f"{escape(quote.text)} {number}"
    return f'<div class="quote">{said}<span class="where">{escape(where)}</span></div>'


def _table_html(quote: Quote, number: str) -> str:
    """A table's row under the names of its columns."""
    header = "".join(f"<th>{escape(cell)}</th>" for cell in quote.header.split(_CELL_END)) if quote.header else ""
    row = "".join(f"<td>{escape(cell)}</td>" for cell in quote.text.split(_CELL_END))
    return f"<table><tr>{header}</tr><tr>{row}<td>{number}</td></tr></table>"
