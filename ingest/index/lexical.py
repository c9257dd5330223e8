"""Lexical look-up: BM25 over the catalogue's full text, in SQLite (FTS5) and PostgreSQL (tsvector)."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from sqlalchemy import Engine, bindparam, text
from sqlalchemy.orm import Session

from ingest.index.analysis import query_terms, terms


class LexicalIndex(Protocol):
    """Chunks by the words they share with a question.

    Writes go through the caller's transaction, so a document's words come and go with the document.
    """

    def add(self, session: Session, texts: Mapping[int, str]) -> None:
        """Index texts by chunk id."""
        ...

    def delete(self, session: Session, version_id: int) -> None:
        """Forget the chunks of a version."""
        ...

    def query(self, question: str, collection_ids: Iterable[int], k: int) -> list[tuple[int, float]]:
        """Up to `k` (chunk id, BM25 score) of current versions, best first."""
        ...

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term, as BM25 weighs it (0 or more)."""
        ...


def lexical_index(engine: Engine) -> LexicalIndex:
    """The one that the catalogue's database has."""
    return SqliteLexicalIndex(engine) if engine.dialect.name == "sqlite" else PostgresLexicalIndex(engine)


def idf(documents: int, containing: int) -> float:
    """BM25's inverse document frequency (Robertson and Zaragoza 2009), never negative."""
    return math.log(1 + (documents - containing + 0.5) / (containing + 0.5))


_IN_COLLECTIONS = """
    JOIN chunks c ON c.id = {table}.{key}
    JOIN documents d ON d.current_version_id = c.version_id
    WHERE d.collection_id IN :collections
"""


class SqliteLexicalIndex:
    """FTS5 with its own BM25 (k1 = 1.2, b = 0.75), fed with terms that we have analysed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, session: Session, texts: Mapping[int, str]) -> None:
        """Index texts by chunk id."""
        rows = [{"id": chunk_id, "terms": " ".join(terms(body))} for chunk_id, body in texts.items()]
        if rows:
            session.execute(text("INSERT INTO chunk_terms (rowid, terms) VALUES (:id, :terms)"), rows)

    def delete(self, session: Session, version_id: int) -> None:
        """Forget the chunks of a version."""
        statement = "DELETE FROM chunk_terms WHERE rowid IN (SELECT id FROM chunks WHERE version_id = :version)"
        session.execute(text(statement), {"version": version_id})

    def query(self, question: str, collection_ids: Iterable[int], k: int) -> list[tuple[int, float]]:
        """Up to `k` (chunk id, BM25 score) of current versions, best first."""
        words = query_terms(question)
        if not words:
            return []
        statement = text(
            "SELECT chunk_terms.rowid, -bm25(chunk_terms) AS score FROM chunk_terms"
            + _IN_COLLECTIONS.format(table="chunk_terms", key="rowid")
            + "AND chunk_terms MATCH :match ORDER BY score DESC, chunk_terms.rowid LIMIT :k"
        ).bindparams(bindparam("collections", expanding=True))
        match = " OR ".join(f'"{word}"' for word in words)
        with self._engine.connect() as connection:
            rows = connection.execute(statement, {"match": match, "collections": list(collection_ids), "k": k})
            return [(chunk_id, score) for chunk_id, score in rows]

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term, as BM25 weighs it (0 or more)."""
        if not words:
            return {}
        statement = text("SELECT term, doc FROM chunk_terms_vocabulary WHERE term = :term")
        with self._engine.connect() as connection:
            total = connection.execute(text("SELECT count(*) FROM chunk_terms_docsize")).scalar() or 0
            found = {word: connection.execute(statement, {"term": word}).first() for word in dict.fromkeys(words)}
        return {word: idf(total, row.doc if row else 0) for word, row in found.items()}


class PostgresLexicalIndex:
    """A GIN index finds the chunks, and BM25 (k1 = 1.2, b = 0.75, as FTS5) is computed from their vectors."""

    _K1, _B = 1.2, 0.75
    _CANDIDATES = 400
    """Chunks that PostgreSQL's own rank lets through to BM25."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, session: Session, texts: Mapping[int, str]) -> None:
        """Index texts by chunk id."""
        rows = []
        for chunk_id, body in texts.items():
            words = list(terms(body))
            rows.append({"id": chunk_id, "terms": " ".join(words), "length": len(words)})
        if rows:
            statement = (
                "INSERT INTO chunk_terms (chunk_id, terms, length) VALUES (:id, to_tsvector('simple', :terms), :length)"
            )
            session.execute(text(statement), rows)

    def delete(self, session: Session, version_id: int) -> None:
        """Forget the chunks of a version."""
        statement = "DELETE FROM chunk_terms WHERE chunk_id IN (SELECT id FROM chunks WHERE version_id = :version)"
        session.execute(text(statement), {"version": version_id})

    def query(self, question: str, collection_ids: Iterable[int], k: int) -> list[tuple[int, float]]:
        """Up to `k` (chunk id, BM25 score) of current versions, best first."""
        words = query_terms(question)
        rarity = self.rarity(words)
        if not words:
            return []
        statement = text(
            "SELECT chunk_terms.chunk_id, chunk_terms.length,"
            " (SELECT jsonb_object_agg(u.lexeme, cardinality(u.positions)) FROM unnest(chunk_terms.terms) u"
            "  WHERE u.lexeme = ANY(:words)) AS counts"
            " FROM chunk_terms"
            + _IN_COLLECTIONS.format(table="chunk_terms", key="chunk_id")
            + "AND chunk_terms.terms @@ to_tsquery('simple', :match)"
            " ORDER BY ts_rank(chunk_terms.terms, to_tsquery('simple', :match)) DESC LIMIT :candidates"
        ).bindparams(bindparam("collections", expanding=True))
        match = " | ".join("'" + word.replace("'", "''") + "'" for word in words)
        parameters = {
            "words": words,
            "match": match,
            "collections": list(collection_ids),
            "candidates": max(self._CANDIDATES, k),
        }
        with self._engine.connect() as connection:
            average = connection.execute(text("SELECT avg(length) FROM chunk_terms")).scalar() or 1
            rows = connection.execute(statement, parameters).all()
        scored = [(row.chunk_id, self._bm25(row.counts or {}, row.length / float(average), rarity)) for row in rows]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term, as BM25 weighs it (0 or more)."""
        if not words:
            return {}
        statement = text("SELECT count(*) FROM chunk_terms WHERE terms @@ to_tsquery('simple', :match)")
        with self._engine.connect() as connection:
            total = connection.execute(text("SELECT count(*) FROM chunk_terms")).scalar() or 0
            quoted = {word: "'" + word.replace("'", "''") + "'" for word in dict.fromkeys(words)}
            found = {word: connection.execute(statement, {"match": match}).scalar() for word, match in quoted.items()}
        return {word: idf(total, containing or 0) for word, containing in found.items()}

    def _bm25(self, counts: Mapping[str, int], relative_length: float, rarity: Mapping[str, float]) -> float:
        damping = self._K1 * (1 - self._B + self._B * relative_length)
        return sum(rarity.get(w, 0.0) * n * (self._K1 + 1) / (n + damping) for w, n in counts.items())
