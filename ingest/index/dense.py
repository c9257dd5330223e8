"""Dense look-up: vectors in Chroma, embedded in a folder or on a Chroma server."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ingest.index.chroma import Chroma

if TYPE_CHECKING:
    from chromadb import Collection

_ADD_AT_ONCE = 256
"""Vectors a write hands to Chroma while searches wait for it: about 40 ms."""


_AT_ONCE = 2
"""Collections that are looked at side by side."""


class DenseIndex:
    """Nearest chunks by cosine similarity. Thread-safe.

    Each desk collection has a Chroma collection of its own, since Chroma's metadata filter costs far
    more than a look-up in a smaller index. `fingerprint` names the embedding model: vectors of another
    model are never compared with. Ids are the catalogue's chunk ids; nothing but vectors is stored here,
    so the index can be made again from the catalogue.
    """

    def __init__(self, location: Path | str | Chroma, *, fingerprint: str) -> None:
        self._chroma = location if isinstance(location, Chroma) else Chroma(location)
        self._lock = self._chroma.lock
        self._beside = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="dense")
        self.fingerprint = fingerprint
        """Of the model whose vectors these are."""

    def beside(self, fingerprint: str) -> "DenseIndex":
        """The vectors of another model, which lie beside these."""
        return DenseIndex(self._chroma, fingerprint=fingerprint)

    def query(
        self, vector: NDArray[np.float32], collection_ids: Iterable[int], k: int, *, generation: int | None = None
    ) -> list[tuple[int, float]]:
        """Up to `k` (chunk id, cosine similarity) over the collections, best first.

        `generation` is the catalogue's: when it is not the one last seen here, another process may have
        written, which an embedded Chroma does not notice by itself, so it is opened anew (50 ms).
        """

        def nearest(collection: "Collection") -> list[tuple[int, float]]:
            # To ask how many vectors there are would take longer than the look-up, which gives what there is.
            result = collection.query(query_embeddings=vector[None, :], n_results=k, include=["distances"])
            assert result["distances"] is not None
            pairs = zip(result["ids"][0], result["distances"][0], strict=True)
            return [(int(chunk_id), 1.0 - distance) for chunk_id, distance in pairs]

        with self._lock:
            self.follow(generation)
            collections = [self._collection(collection_id) for collection_id in collection_ids]
            found = chain.from_iterable(self._beside.map(nearest, collections))
            return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def add(self, collection_id: int, chunk_ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Store vectors (n, d) under the ids; ids that are there are overwritten."""
        for begin in range(0, len(chunk_ids), _ADD_AT_ONCE):
            part = slice(begin, begin + _ADD_AT_ONCE)
            with self._lock:
                self._collection(collection_id).upsert(ids=[str(i) for i in chunk_ids[part]], embeddings=vectors[part])

    def delete(self, chunk_ids: Mapping[int, Sequence[int]]) -> None:
        """Remove vectors, given as chunk ids by collection id; ids that are not there are passed over."""
        for collection_id, ids in chunk_ids.items():
            for begin in range(0, len(ids), _ADD_AT_ONCE):
                with self._lock:
                    self._collection(collection_id).delete(ids=[str(i) for i in ids[begin : begin + _ADD_AT_ONCE]])

    def ids(self, collection_id: int) -> set[int]:
        """All chunk ids stored for a collection."""
        with self._lock:
            return {int(chunk_id) for chunk_id in self._collection(collection_id).get(include=[])["ids"]}

    def count(self) -> int:
        """How many vectors of this model there are, in all collections."""
        with self._lock:
            return sum(self._chroma.collection(name).count() for name in self._names())

    def drop(self) -> None:
        """Delete all vectors of this model; those of others stay."""
        with self._lock:
            for name in self._names():
                self._chroma.delete(name)

    def follow(self, generation: int | None) -> None:
        """Note the catalogue's generation; opens Chroma anew when another process has moved it on."""
        self._chroma.follow(generation)

    def wrote(self, generation: int) -> None:
        """Note that this process itself moved the catalogue on to `generation`."""
        self._chroma.wrote(generation)

    def warm(self) -> None:
        """Import and open Chroma, so that the first question does not wait for it."""
        self._chroma.warm()

    def close(self) -> None:
        """Close Chroma; the next call opens it again."""
        self._chroma.close()

    def _collection(self, collection_id: int) -> "Collection":
        return self._chroma.collection(f"desk-{collection_id}-{self.fingerprint}")

    def _names(self) -> list[str]:
        return [name for name in self._chroma.names() if name.endswith(f"-{self.fingerprint}")]
