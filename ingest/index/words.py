"""The words of passages as signs of their vectors, in the catalogue: read for the few passages that are ranked."""

from collections.abc import Iterable, Mapping

import numpy as np
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Session

from ingest.tables import ChunkWordsRow
from models.words import Signs


class WordIndex:
    """Signs by passage, of one embedding model: those of another cannot be compared with. Rows go with their chunk."""

    def __init__(self, engine: Engine, *, fingerprint: str) -> None:
        self._engine = engine
        self._fingerprint = fingerprint

    def add(self, session: Session, signs: Mapping[int, Signs]) -> None:
        """Keep the signs of passages, by chunk id; those that are there are replaced."""
        rows = [
            {
                "chunk_id": chunk_id,
                "fingerprint": self._fingerprint,
                "words": len(each),
                "signs": each.tobytes(),
            }
            for chunk_id, each in signs.items()
        ]
        if rows:
            ours = ChunkWordsRow.fingerprint == self._fingerprint
            session.execute(delete(ChunkWordsRow).where(ChunkWordsRow.chunk_id.in_(list(signs)), ours))
            session.execute(insert(ChunkWordsRow), rows)

    def drop(self, session: Session) -> None:
        """Forget all signs of this model; those of others stay."""
        session.execute(delete(ChunkWordsRow).where(ChunkWordsRow.fingerprint == self._fingerprint))

    def signs(self, chunk_ids: Iterable[int]) -> dict[int, Signs]:
        """Those of the passages that have some, by chunk id."""
        query = select(ChunkWordsRow.chunk_id, ChunkWordsRow.words, ChunkWordsRow.signs).where(
            ChunkWordsRow.chunk_id.in_(list(chunk_ids)), ChunkWordsRow.fingerprint == self._fingerprint
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return {
            chunk_id: np.frombuffer(signs, dtype=np.uint8).reshape(words, len(signs) // max(1, words))
            for chunk_id, words, signs in rows
        }
