"""An answer on the page: quotes, a model's draft, sources, figures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from assistant.desk import Desk
from assistant.events import Finished, Quote, Source
from pages.passage import show_passage

_CELL_END = " | "
_MARKER = re.compile(r"\[(\d+)\]")


@dataclass(kw_only=True)
class Answered:
    """A question and all that the page shows under it."""

    question: str
    query: str = ""
    sources: tuple[Source, ...] = ()
    quotes: tuple[Quote, ...] = ()
    text: str = ""
    """What a model has written so far."""
    finished: Finished | None = None


def draw_quotes(answered: Answered) -> None:
    """The best-supported sentences, or that there are none."""
    if answered.query != answered.question:
        st.caption(f"Searched for: {escape(answered.query)}")
    if not answered.quotes:
        st.markdown("**Not in the documents.** The nearest passages are below; nothing in them answers this.")
        return
    st.html("".join(_quote_html(quote) for quote in answered.quotes))


def draw_written(place: DeltaGenerator, text: str, *, model: str, draft: bool) -> None:
    """What a model has written so far. Documents can put anything into its mouth: it is shown as plain text."""
    body = _MARKER.sub(r'<span class="n">[\1]</span>', escape(text))
    label = f"Draft by {escape(model)}: check it against the quotes." if draft else f"Written by {escape(model)}"
    place.html(f'<div class="draft-label">{label}</div><div class="draft">{body}</div>')


def draw_sources(desk: Desk, answered: Answered, key: str) -> None:
    """A card a source; a click shows it in its document."""
    if not answered.sources:
        return
    quoted = {quote.n: quote for quote in reversed(answered.quotes)}
    cited = [citation.n for citation in answered.finished.citations] if answered.finished else []
    shown = [s for s in answered.sources if s.n in quoted or s.n in cited]
    rest = [s for s in answered.sources if s not in shown]
    if shown:
        _cards(desk, shown, quoted, key)
    if rest:
        with st.expander("Nearest passages" if not shown else f"{len(rest)} more passages found"):
            _cards(desk, rest, quoted, key)


def draw_figures(finished: Finished) -> None:
    """How long it took and how much was written; and why it ended early."""
    if finished.error:
        st.warning(finished.error, icon=":material/error:")
    parts = []
    if finished.timings.first_token_s is not None:
        parts.append(f"first token {finished.timings.first_token_s:.1f} s")
    if finished.tokens.per_second:
        parts.append(f"{finished.tokens.per_second:.0f} tokens/s")
    if finished.tokens.completion:
        parts.append(f"{finished.tokens.prompt} tokens read, {finished.tokens.completion} written")
    parts.append(f"quoted in {finished.timings.quote_s * 1000:.0f} ms")
    if finished.stopped_by == "person":
        parts.append("stopped")
    if finished.stopped_by == "length":
        parts.append("cut at the length limit")
    st.html(f'<div class="figures">{escape(" · ".join(parts))}</div>')


def _cards(desk: Desk, sources: Sequence[Source], quoted: dict[int, Quote], key: str) -> None:
    for source in sources:
        passage = source.passage
        first = quoted[source.n].page if source.n in quoted else passage.page
        page = f", page {first}" if first else ""
        heading = f" · {passage.headings[-1]}" if passage.headings else ""
        label = _label(f"[{source.n}] {passage.document}{page}{heading}")
        if st.button(label, key=f"{key}-source-{source.n}", width="stretch", icon=":material/description:"):
            quote = quoted.get(source.n)
            span = (quote.start, quote.end) if quote else (passage.start, passage.end)
            show_passage(desk, passage, *span)


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


def _label(text: str) -> str:
    """A button's label is Markdown: what it holds of documents must not be."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~$:])", r"\\\1", " ".join(text.split()))
