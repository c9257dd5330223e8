"""Lexical look-up: BM25 over the catalogue's full text, in SQLite (FTS5) and PostgreSQL (tsvector).

The database's own ranking only picks the candidates: FTS5 gives words that half of a small desk's
passages hold no weight at all, and PostgreSQL's rank knows no rarity. The score is computed here, the
same for both.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, select, text, update
from sqlalchemy.orm import Session

from ingest.index.analysis import query_terms, terms
from ingest.tables import ChunkRow, IndexState

_K1, _B = 1.2, 0.75
"""BM25's parameters: how soon a repeated word stops to count, and how much a long passage is held against it."""

_BACKGROUND = 0.25
"""How much a word counts that is searched for only because the question leans on it."""

_CANDIDATES = 200
"""Passages that the database's own rank lets through."""


@dataclass(frozen=True, kw_only=True)
class _Dialect:
    """What differs between the databases; `{match}` is made by `quote` and `joiner`."""

    insert: str
    candidates: str
    containing: str
    quote: str
    joiner: str

    def match(self, words: Sequence[str]) -> str:
        """Words as the database's query language writes “any of these”; terms are letters and digits only."""
        return self.joiner.join(f"{self.quote}{word}{self.quote}" for word in words)


_VISIBLE = """
    JOIN chunks ON chunks.id = {chunk_id}
    JOIN documents ON documents.current_version_id = chunks.version_id
    WHERE documents.collection_id IN :collections AND
"""

_SQLITE = _Dialect(
    insert="INSERT INTO chunk_terms (rowid, terms) VALUES (:id, :terms)",
    candidates="SELECT chunks.id, chunk_terms.terms FROM chunk_terms"
    + _VISIBLE.format(chunk_id="chunk_terms.rowid")
    + "chunk_terms MATCH :match ORDER BY bm25(chunk_terms), chunks.id LIMIT :most",
    containing="SELECT doc FROM chunk_terms_vocabulary WHERE term = :word",
    quote='"',
    joiner=" OR ",
)

_POSTGRESQL = _Dialect(
    insert="INSERT INTO chunk_terms (rowid, terms, vector) VALUES (:id, :terms, to_tsvector('simple', :terms))",
    candidates="SELECT chunks.id, chunk_terms.terms FROM chunk_terms"
    + _VISIBLE.format(chunk_id="chunk_terms.rowid")
    + "chunk_terms.vector @@ to_tsquery('simple', :match)"
    " ORDER BY ts_rank(chunk_terms.vector, to_tsquery('simple', :match)) DESC, chunks.id LIMIT :most",
    containing="SELECT count(*) FROM chunk_terms WHERE vector @@ to_tsquery('simple', :word)",
    quote="'",
    joiner=" | ",
)


class LexicalIndex:
    """Chunks by the words they share with a question.

    Writes go through the caller's transaction, so a document's words come and go with the document.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sql = _SQLITE if engine.dialect.name == "sqlite" else _POSTGRESQL

    def add(self, session: Session, texts: Mapping[int, str]) -> None:
        """Index texts by chunk id."""
        if not texts:
            return
        analysed = {chunk_id: list(terms(body)) for chunk_id, body in texts.items()}
        rows = [{"id": chunk_id, "terms": " ".join(words)} for chunk_id, words in analysed.items()]
        session.execute(text(self._sql.insert), rows)
        lengths = [{"id": chunk_id, "term_count": len(words)} for chunk_id, words in analysed.items()]
        session.execute(update(ChunkRow), lengths)
        _count(session, chunks=len(analysed), words=sum(map(len, analysed.values())))

    def delete(self, session: Session, version_id: int) -> None:
        """Forget the chunks of a version."""
        lengths = session.scalars(select(ChunkRow.term_count).where(ChunkRow.version_id == version_id)).all()
        statement = "DELETE FROM chunk_terms WHERE rowid IN (SELECT id FROM chunks WHERE version_id = :version)"
        session.execute(text(statement), {"version": version_id})
        _count(session, chunks=-len(lengths), words=-sum(lengths))

    def query(
        self, question: str, collection_ids: Iterable[int], k: int, *, background: str = ""
    ) -> list[tuple[int, float]]:
        """Up to `k` (chunk id, BM25 score) of current versions, best first."""
        weights = self.weights(question, background=background)
        if not weights:
            return []
        statement = text(self._sql.candidates).bindparams(bindparam("collections", expanding=True))
        parameters = {
            "match": self._sql.match([*weights]),
            "collections": list(collection_ids),
            "most": max(_CANDIDATES, k),
        }
        with self._engine.connect() as connection:
            rows = connection.execute(statement, parameters).all()
            size = connection.execute(select(IndexState.chunks, IndexState.words)).first()
        average = size.words / size.chunks if size and size.chunks else 1.0
        scored = [(chunk_id, bm25(body.split(), weights, average)) for chunk_id, body in rows]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]

    def bodies(self, chunk_ids: Iterable[int]) -> dict[int, list[str]]:
        """The terms of chunks in order, by chunk id; those that cannot be found, or not any more, are left out."""
        statement = text("SELECT rowid, terms FROM chunk_terms WHERE rowid IN :ids").bindparams(
            bindparam("ids", expanding=True)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement, {"ids": sorted(chunk_ids)}).all()
        return {chunk_id: body.split() for chunk_id, body in rows}

    def weights(self, question: str, *, background: str = "") -> dict[str, float]:
        """How much each term counts: its rarity; one that only the `background` of the question has, a part of that."""
        own = query_terms(question)
        behind = [term for term in query_terms(background) if term not in own]
        rarity = self.rarity([*own, *behind])
        return rarity | {term: _BACKGROUND * rarity[term] for term in behind}

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term."""
        with self._engine.connect() as connection:
            chunks = connection.execute(select(IndexState.chunks)).scalar() or 0
            return {
                word: idf(chunks, connection.execute(text(self._sql.containing), {"word": word}).scalar() or 0)
                for word in dict.fromkeys(words)
            }


def idf(chunks: int, containing: int) -> float:
    """Inverse document frequency as Lucene's BM25 has it: never negative."""
    return math.log(1 + (max(chunks, containing) - containing + 0.5) / (containing + 0.5))


def bm25(body: Sequence[str], rarity: Mapping[str, float], average_length: float) -> float:
    """Score of a passage's terms for a question's (Robertson and Zaragoza, 2009)."""
    counts = Counter(word for word in body if word in rarity)
    damping = _K1 * (1 - _B + _B * len(body) / average_length)
    return sum(rarity[word] * count * (_K1 + 1) / (count + damping) for word, count in counts.items())


def _count(session: Session, *, chunks: int, words: int) -> None:
    state = IndexState.of(session)
    state.chunks += chunks
    state.words += words
