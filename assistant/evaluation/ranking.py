"""Measures of a ranking: did what answers the question come, and how far up.

A ranking is judged by document, by page or by quote:

- document: the passage is of the source's document;
- page: it is, and the source's page is among the passage's; a source without a page asks for the document only;
- quote: it is of the document and holds half of the quote or more, see `quote_share`; a source without a quote
  asks for the page only.

By document and by page, passages of a document or page that came before count no place: a document is found once.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log2
from typing import Literal

from assistant.data_sets.rows import GoldSource

Level = Literal["document", "page", "quote"]
LEVELS: tuple[Level, ...] = ("document", "page", "quote")

_HELD = 0.5
"""Share of a quote that a passage must have; at half of it, one that is cut in two is still found."""
_RUN = 4
"""Words of a quote that must follow each other in a passage: single ones are in any passage."""

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A passage of a ranking."""

    document: str
    text: str
    page: int | None = None
    """The page that it begins on."""
    last_page: int | None = None
    """The page that it ends on, where that is another."""


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Which of a question's sources stand at each rank, best first."""

    held: tuple[frozenset[int], ...]
    sources: int
    """How many there are to be found."""

    def recall(self, k: int) -> float:
        """Share of the sources that the first `k` hold: 0 to 1."""
        return len(frozenset[int]().union(*self.held[:k])) / self.sources if self.sources else 0.0

    def reciprocal_rank(self) -> float:
        """1 over the rank of the first that holds a source, 0 when none does (TREC-8 QA; Voorhees, 1999)."""
        return next((1 / rank for rank, held in enumerate(self.held, start=1) if held), 0.0)

    def ndcg(self, k: int) -> float:
        """Normalised discounted cumulative gain at `k` (Järvelin and Kekäläinen, 2002), as trec_eval has it: 0 to 1.

        A rank gains 1 when it holds a source that none above it held.
        """
        seen: set[int] = set()
        gained = 0.0
        for rank, held in enumerate(self.held[:k], start=1):
            if held - seen:
                gained += 1 / log2(rank + 1)
            seen |= held
        ideal = sum(1 / log2(rank + 1) for rank in range(1, min(k, self.sources) + 1))
        return gained / ideal if ideal else 0.0


def rank(passages: Iterable[Ranked], sources: Sequence[GoldSource], level: Level) -> Ranking:
    """Judge passages, best first, against a question's sources."""
    wanted = _distinct(sources, level)
    held: dict[object, frozenset[int]] = {}
    for place, passage in enumerate(passages):
        unit = {
            "document": passage.document,
            "page": (passage.document, passage.page, passage.last_page),
            "quote": place,
        }[level]
        if unit not in held:
            held[unit] = frozenset(at for at, source in enumerate(wanted) if holds(passage, source, level))
    return Ranking(held=tuple(held.values()), sources=len(wanted))


def holds(passage: Ranked, source: GoldSource, level: Level) -> bool:
    """Whether a passage holds a source."""
    if not same_document(passage.document, source.document):
        return False
    if level == "document":
        return True
    if level == "page" or not source.quote:
        return _on_page(passage, source)
    return quote_share([passage], source) >= _HELD


def quote_share(passages: Iterable[Ranked], source: GoldSource) -> float:
    """Share of a source's quote that stands in passages of its document, taken together: 0 to 1; 1 without a quote.

    Counted in words, letter case and punctuation aside: a word of the quote is found when it is one of four in a row
    (of all, in a shorter quote) that follow each other in a passage too.
    """
    wanted = _words(source.quote or "")
    if not wanted:
        return 1.0
    run = min(_RUN, len(wanted))
    found: set[int] = set()
    for passage in passages:
        if same_document(passage.document, source.document):
            runs = set(_runs(_words(passage.text), run))
            for at, words in enumerate(_runs(wanted, run)):
                if words in runs:
                    found.update(range(at, at + run))
    return len(found) / len(wanted)


def same_document(one: str, other: str) -> bool:
    """Whether two names mean one document: the same path, or a path and the end of it."""
    a, b = (name.replace("\\", "/").strip("/") for name in (one, other))
    return a == b or a.endswith(f"/{b}") or b.endswith(f"/{a}")


def _on_page(passage: Ranked, source: GoldSource) -> bool:
    if source.page is None:
        return True
    return passage.page is not None and passage.page <= source.page <= (passage.last_page or passage.page)


def _distinct(sources: Sequence[GoldSource], level: Level) -> list[GoldSource]:
    """The sources without those that are the same at this level."""
    parts = {"document": 1, "page": 2, "quote": 3}[level]
    return list({(one.document, one.page, one.quote)[:parts]: one for one in reversed(sources)}.values())[::-1]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str], length: int) -> Iterable[tuple[str, ...]]:
    return (tuple(words[at : at + length]) for at in range(len(words) - length + 1))
