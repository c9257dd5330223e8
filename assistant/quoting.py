"""`quote`: the best-supported sentences of the passages, without a model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.events import Quote, Source
from ingest.index.analysis import query_terms, terms
from ingest.index.lexical import LexicalIndex
from ingest.plain import plain
from ingest.sentences import split_sentences

_COMPARED = 16
"""Sentences that are embedded for a question; the share of its words that they hold picks them."""

_NEAR, _WORDS, _RANK = 0.55, 0.35, 0.10
"""Weights of a sentence's support: nearness in meaning, words of the question, rank of its passage."""

_ENOUGH = 0.36
"""Support from which a sentence speaks to the question. See benchmarks/quoting.py for how it was chosen."""

_CLOSE = 0.82
"""A further sentence is quoted when its support is at least this share of the best one's."""


class EmbedsSentences(Protocol):
    """What quoting needs of an embedding model."""

    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A vector for each text; those seen lately are remembered."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence (or a table row) of a passage."""

    source: Source
    rank: int
    """Of its passage, from 0."""
    start: int
    end: int
    """Half-open span in the document's text."""
    text: str
    """As people read it: without markup."""
    context: str
    """What it stands under: heading and table header."""
    words: frozenset[str] = field(default_factory=frozenset)


class Quoter:
    """Chooses sentences to quote."""

    def __init__(self, *, lexical: LexicalIndex, embedder: EmbedsSentences) -> None:
        self._lexical = lexical
        self._embedder = embedder

    def quote(self, query: str, vector: NDArray[np.float32], sources: Sequence[Source], *, most: int) -> list[Quote]:
        """The sentences of `sources` (best first) that best support an answer to `query`, best first.

        Empty when none speaks to the question. `vector` is the query's embedding.
        """
        asked = query_terms(query)
        rarity = self._lexical.rarity(asked)
        candidates = [(self._coverage(s, asked, rarity), s) for s in sentences_of(sources)]
        candidates.sort(key=lambda pair: (-pair[0], pair[1].rank))
        compared = candidates[:_COMPARED]
        if not compared:
            return []
        vectors = self._embedder.sentences([f"{s.context}: {s.text}" if s.context else s.text for _, s in compared])
        nearness = vectors @ vector
        scored = [
            (_NEAR * float(near) + _WORDS * coverage + _RANK / (1 + sentence.rank), sentence)
            for near, (coverage, sentence) in zip(nearness, compared, strict=True)
        ]
        scored.sort(key=lambda pair: -pair[0])
        return _distinct(_quote(score, sentence) for score, sentence in scored if _speaks(score, scored[0][0]))[:most]

    def _coverage(self, sentence: Sentence, asked: Sequence[str], rarity: dict[str, float]) -> float:
        """Share of the question's words, by rarity, that stand in the sentence; those above it count half."""
        total = sum(rarity.values())
        if not total:
            return 0.0
        above = frozenset(terms(sentence.context))
        return sum(rarity[w] * (1.0 if w in sentence.words else 0.5 if w in above else 0.0) for w in asked) / total


def sentences_of(sources: Iterable[Source]) -> Iterable[Sentence]:
    """All sentences of the passages, headings left out, in order."""
    for rank, source in enumerate(sources):
        passage = source.passage
        context = " – ".join(filter(None, [*passage.headings[-1:], passage.header and plain(passage.header)]))
        for start, end in split_sentences(passage.text):
            text = plain(passage.text[start:end])
            if not text or text in passage.headings:
                continue
            yield Sentence(
                source=source,
                rank=rank,
                start=passage.start + start,
                end=passage.start + end,
                text=text,
                context=context,
                words=frozenset(terms(text)),
            )


def _speaks(score: float, best: float) -> bool:
    return score >= _ENOUGH and score >= _CLOSE * best


def _quote(score: float, sentence: Sentence) -> Quote:
    return Quote(
        n=sentence.source.n,
        passage=sentence.source.passage,
        text=sentence.text,
        start=sentence.start,
        end=sentence.end,
        score=min(1.0, score),
    )


def _distinct(quotes: Iterable[Quote]) -> list[Quote]:
    """Each wording once: the same sentence often stands in several documents."""
    seen: dict[str, Quote] = {}
    for quote in quotes:
        seen.setdefault(" ".join(quote.text.casefold().split()), quote)
    return list(seen.values())
