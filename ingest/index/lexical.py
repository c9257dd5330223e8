"""Lexical look-up: BM25 over the catalogue's full text.

The database's own ranking only picks the candidates: FTS5 gives words that half of a small desk's
passages hold no weight at all, and PostgreSQL's rank knows no rarity. The score is computed here, the
same for both.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, Row, select, update
from sqlalchemy.orm import Session

from ingest.index.analysis import query_terms, terms
from ingest.index.full_text import delete, full_text_of, terms_of
from ingest.tables import ChunkRow, CollectionRow, IndexState

_K1, _B = 1.2, 0.75
"""BM25's parameters: how soon a repeated word stops to count, and how much a long passage is held against it."""

_BACKGROUND = 0.25
"""How much a word counts that is searched for only because the question leans on it."""

_CANDIDATES = 100
"""Passages that the database's own rank lets through."""

_FEW_ROWS, _MANY_ROWS = 1_000, 6_000
"""Candidates are looked for by the rarest words: always until these may give so few, and never so many if that is
avoidable. With all words a look-up meets most of the desk; docs/evaluation.md says what little is lost."""

_WORDS_KNOWN = 100_000
"""Most words whose frequency is remembered."""

State = Row[int, int, int]
"""Generation, chunks and words of the index."""


@dataclass(frozen=True, kw_only=True)
class LexicalHits:
    """What was found by its words."""

    scores: dict[int, float]
    """BM25 by chunk id, the best first."""
    weights: dict[str, float]
    """The question's terms, as `LexicalIndex.weights` gives them."""
    terms: dict[int, list[str]]
    """Of each chunk that was found, in order."""


class LexicalIndex:
    """Chunks by the words they share with a question. Thread-safe.

    Writes go through the caller's transaction, so a document's words come and go with the document.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._full_text = full_text_of(engine)
        self._known: tuple[object, dict[str, int]] = (None, {})

    def add(self, session: Session, collection_id: int, texts: Mapping[int, str]) -> None:
        """Index texts by chunk id."""
        if not texts:
            return
        analysed = {chunk_id: list(terms(body)) for chunk_id, body in texts.items()}
        self._full_text.add(session, collection_id, analysed)
        lengths = [{"id": chunk_id, "term_count": len(words)} for chunk_id, words in analysed.items()]
        session.execute(update(ChunkRow), lengths)
        _count(session, chunks=len(analysed), words=sum(map(len, analysed.values())))

    def replace(self, session: Session, collection_id: int, texts: Mapping[int, str]) -> None:
        """Index texts of chunks that are indexed already."""
        self._forget(session, ChunkRow.id.in_(list(texts)))
        self.add(session, collection_id, texts)

    def delete(self, session: Session, version_id: int) -> None:
        """Forget the chunks of a version."""
        self._forget(session, ChunkRow.version_id == version_id)

    def _forget(self, session: Session, condition: ColumnElement[bool]) -> None:
        rows = session.execute(select(ChunkRow.id, ChunkRow.term_count).where(condition)).all()
        delete(session, [row.id for row in rows])
        _count(session, chunks=-len(rows), words=-sum(row.term_count for row in rows))

    def query(self, question: str, collection_ids: Iterable[int], k: int, *, background: str = "") -> LexicalHits:
        """Up to `k` chunks of current versions by BM25."""
        kept = set(collection_ids)
        with self._engine.connect() as connection:
            state = _state(connection)
            frequencies = self._frequencies(connection, state, [*_asked(question, background)])
            weights = _weights(question, background, state.chunks, frequencies)
            words = _looked_for({word: frequencies[word] for word in weights})
            if not words or not kept:
                return LexicalHits(scores={}, weights=weights, terms={})
            everything = kept.issuperset(connection.scalars(select(CollectionRow.id)))
            rows = self._full_text.candidates(
                connection, words, None if everything else sorted(kept), max(_CANDIDATES, k)
            )
        average = state.words / state.chunks if state.chunks else 1.0
        bodies = {chunk_id: body.split() for chunk_id, body in rows}
        scored = {chunk_id: bm25(body, weights, average) for chunk_id, body in bodies.items()}
        best = sorted(scored, key=lambda chunk_id: (-scored[chunk_id], chunk_id))[:k]
        return LexicalHits(
            scores={chunk_id: scored[chunk_id] for chunk_id in best},
            weights=weights,
            terms={chunk_id: bodies[chunk_id] for chunk_id in best},
        )

    def terms_of(self, chunk_ids: Iterable[int]) -> dict[int, list[str]]:
        """The terms of chunks in order, by chunk id; those that cannot be found, or not any more, are left out."""
        with self._engine.connect() as connection:
            return terms_of(connection, sorted(chunk_ids))

    def weights(self, question: str, *, background: str = "") -> dict[str, float]:
        """How much each term counts: its rarity; one that only the `background` of the question has, a part of that."""
        with self._engine.connect() as connection:
            state = _state(connection)
            frequencies = self._frequencies(connection, state, [*_asked(question, background)])
        return _weights(question, background, state.chunks, frequencies)

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term."""
        with self._engine.connect() as connection:
            state = _state(connection)
            frequencies = self._frequencies(connection, state, words)
        return {word: idf(state.chunks, frequencies[word]) for word in dict.fromkeys(words)}

    def _frequencies(self, connection: Connection, state: State, words: Sequence[str]) -> dict[str, int]:
        """How many chunks hold each word: to count a frequent one takes milliseconds, so it is done once."""
        of_state = (state.generation, state.chunks, state.words)
        if self._known[0] != of_state or len(self._known[1]) > _WORDS_KNOWN:
            self._known = (of_state, {})
        known = self._known[1]
        unknown = [word for word in dict.fromkeys(words) if word not in known]
        if unknown:
            known |= self._full_text.frequencies(connection, unknown)
        return {word: known[word] for word in words}


def idf(chunks: int, containing: int) -> float:
    """Inverse document frequency as Lucene's BM25 has it: never negative."""
    return math.log(1 + (max(chunks, containing) - containing + 0.5) / (containing + 0.5))


def bm25(body: Sequence[str], rarity: Mapping[str, float], average_length: float) -> float:
    """Score of a passage's terms for a question's (Robertson and Zaragoza, 2009)."""
    counts = {word: body.count(word) for word in rarity.keys() & set(body)}
    damping = _K1 * (1 - _B + _B * len(body) / average_length)
    return sum(
        weight * counts[word] * (_K1 + 1) / (counts[word] + damping)
        for word, weight in rarity.items()
        if word in counts
    )


def _asked(question: str, background: str) -> dict[str, float]:
    """The terms of a question and of its background, and the share of its rarity that each counts."""
    own = dict.fromkeys(query_terms(question), 1.0)
    return dict.fromkeys(query_terms(background), _BACKGROUND) | own if background else own


def _weights(question: str, background: str, chunks: int, frequencies: Mapping[str, int]) -> dict[str, float]:
    return {word: share * idf(chunks, frequencies[word]) for word, share in _asked(question, background).items()}


def _looked_for(frequencies: Mapping[str, int]) -> list[str]:
    """Those words, the rarest first, that candidates are looked for by."""
    words: list[str] = []
    met = 0
    for word in sorted(filter(frequencies.__getitem__, frequencies), key=frequencies.__getitem__):
        if met >= _FEW_ROWS and met + frequencies[word] > _MANY_ROWS:
            break
        words.append(word)
        met += frequencies[word]
    return words


def _state(connection: Connection) -> State:
    return connection.execute(
        select(IndexState.generation, IndexState.chunks, IndexState.words).where(IndexState.id == 1)
    ).one()


def _count(session: Session, *, chunks: int, words: int) -> None:
    state = IndexState.of(session)
    state.chunks += chunks
    state.words += words
