"""The databases' full text: where the terms of each chunk are kept and looked up. SQLite (FTS5), PostgreSQL (tsvector).

Both are given terms, which hold letters, their marks and digits only, and are to part them at blanks and no further.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.orm import Session

_IDS_AT_ONCE = 500
_LAST_POSITION = 16_383
"""PostgreSQL counts no further."""


class FullText(Protocol):
    """What lexical search needs of a database."""

    def add(self, session: Session, collection_id: int, terms: Mapping[int, Sequence[str]]) -> None:
        """Keep terms by chunk id."""
        ...

    def frequencies(self, connection: Connection, words: Sequence[str]) -> dict[str, int]:
        """How many chunks hold each of some terms."""
        ...

    def candidates(
        self, connection: Connection, words: Sequence[str], collection_ids: Sequence[int] | None, most: int
    ) -> list[tuple[int, str]]:
        """Id and terms, joined by blanks, of up to `most` chunks with any of the words, by the database's own rank.

        None is all collections.
        """
        ...


def full_text_of(engine: Engine) -> FullText:
    """That of a database."""
    return SqliteFullText() if engine.dialect.name == "sqlite" else PostgresFullText()


def delete(session: Session, chunk_ids: Sequence[int]) -> None:
    """Forget the terms of chunks."""
    statement = text("DELETE FROM chunk_terms WHERE rowid IN :ids").bindparams(bindparam("ids", expanding=True))
    for begin in range(0, len(chunk_ids), _IDS_AT_ONCE):
        session.execute(statement, {"ids": list(chunk_ids[begin : begin + _IDS_AT_ONCE])})


def terms_of(connection: Connection, chunk_ids: Sequence[int]) -> dict[int, list[str]]:
    """The terms of chunks in order, by chunk id; those that have none are left out."""
    statement = text("SELECT rowid, terms FROM chunk_terms WHERE rowid IN :ids").bindparams(
        bindparam("ids", expanding=True)
    )
    found: dict[int, list[str]] = {}
    for begin in range(0, len(chunk_ids), _IDS_AT_ONCE):
        rows = connection.execute(statement, {"ids": list(chunk_ids[begin : begin + _IDS_AT_ONCE])})
        found |= {row.rowid: row.terms.split() for row in rows}
    return found


class SqliteFullText:
    """FTS5. The collection is a column that is searched with the terms: two lists of ids are met at once."""

    def add(self, session: Session, collection_id: int, terms: Mapping[int, Sequence[str]]) -> None:
        """Keep terms by chunk id."""
        statement = "INSERT INTO chunk_terms (rowid, terms, collection) VALUES (:id, :terms, :collection)"
        session.execute(
            text(statement),
            [
                {"id": chunk_id, "terms": " ".join(words), "collection": f"c{collection_id}"}
                for chunk_id, words in terms.items()
            ],
        )

    def frequencies(self, connection: Connection, words: Sequence[str]) -> dict[str, int]:
        """How many chunks hold each of some terms."""
        statement = text("SELECT term, doc FROM chunk_terms_vocabulary WHERE term IN :words AND col = 'terms'")
        rows = connection.execute(statement.bindparams(bindparam("words", expanding=True)), {"words": list(words)})
        return dict.fromkeys(words, 0) | {row.term: row.doc for row in rows}

    def candidates(
        self, connection: Connection, words: Sequence[str], collection_ids: Sequence[int] | None, most: int
    ) -> list[tuple[int, str]]:
        """Id and terms of up to `most` chunks with any of the words; FTS5's rank knows no idf below 0."""
        match = f"{{terms}} : ({_any_of(words)})"
        if collection_ids is not None:
            match += f" AND {{collection}} : ({_any_of([f'c{each}' for each in collection_ids])})"
        # The terms are read of the best alone: else the sorter carries those of every chunk that is met.
        statement = (
            "SELECT rowid, terms FROM chunk_terms WHERE rowid IN (SELECT rowid FROM chunk_terms"
            " WHERE chunk_terms MATCH :match ORDER BY bm25(chunk_terms, 1.0, 0.0), rowid LIMIT :most)"
        )
        rows = connection.execute(text(statement), {"match": match, "most": most})
        return [(row.rowid, row.terms) for row in rows]


class PostgresFullText:
    """A tsvector that is written and asked as it is stored: the parser would take it apart by rules of its own."""

    def add(self, session: Session, collection_id: int, terms: Mapping[int, Sequence[str]]) -> None:
        """Keep terms by chunk id."""
        statement = (
            "INSERT INTO chunk_terms (rowid, terms, collection, vector)"
            " VALUES (:id, :terms, :collection, CAST(:vector AS tsvector))"
        )
        session.execute(
            text(statement),
            [
                {
                    "id": chunk_id,
                    "terms": " ".join(words),
                    "collection": collection_id,
                    "vector": " ".join(f"'{word}':{min(at, _LAST_POSITION)}" for at, word in enumerate(words, start=1)),
                }
                for chunk_id, words in terms.items()
            ],
        )

    def frequencies(self, connection: Connection, words: Sequence[str]) -> dict[str, int]:
        """How many chunks hold each of some terms."""
        statement = text("SELECT count(*) FROM chunk_terms WHERE vector @@ CAST(:match AS tsquery)")
        return {word: connection.execute(statement, {"match": f"'{word}'"}).scalar_one() for word in words}

    def candidates(
        self, connection: Connection, words: Sequence[str], collection_ids: Sequence[int] | None, most: int
    ) -> list[tuple[int, str]]:
        """Id and terms of up to `most` chunks with any of the words; PostgreSQL's rank knows no rarity."""
        kept = "" if collection_ids is None else " AND collection IN :collections"
        statement = text(
            f"SELECT rowid, terms FROM chunk_terms WHERE vector @@ CAST(:match AS tsquery){kept}"
            " ORDER BY ts_rank(vector, CAST(:match AS tsquery)) DESC, rowid LIMIT :most"
        )
        parameters: dict[str, Any] = {"match": " | ".join(f"'{word}'" for word in words), "most": most}
        if collection_ids is not None:
            statement = statement.bindparams(bindparam("collections", expanding=True))
            parameters["collections"] = list(collection_ids)
        return [(row.rowid, row.terms) for row in connection.execute(statement, parameters)]


def _any_of(words: Sequence[str]) -> str:
    return " OR ".join(f'"{word}"' for word in words)
