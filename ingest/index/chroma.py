"""The connection to Chroma: in a folder of our own, or to a Chroma server. All that read and write vectors share it."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client


class Chroma:
    """Opened when first needed, and again when another process has written. Hold `lock` while using a collection."""

    def __init__(self, location: Path | str) -> None:
        self._location = location
        self.lock = threading.RLock()
        """Taken for as long as something obtained here is used."""
        self._client: Client | None = None
        self._collections: dict[str, Collection] = {}
        self._generation: int | None = None

    def collection(self, name: str) -> "Collection":
        """The collection of that name, made when there is none."""
        if name not in self._collections:
            self._collections[name] = self.open().get_or_create_collection(
                name, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
            )
        return self._collections[name]

    def names(self) -> list[str]:
        """Of all collections that are there."""
        client, names = self.open(), list[str]()
        while page := client.list_collections(limit=_PAGE, offset=len(names)):
            names += [collection.name for collection in page]
        return names

    def delete(self, name: str) -> None:
        """Delete a collection that is there."""
        self._collections.pop(name, None)
        self.open().delete_collection(name)

    def follow(self, generation: int | None) -> None:
        """Note the catalogue's generation; opens Chroma anew when another process has moved it on."""
        with self.lock:
            if self._generation is not None and generation != self._generation:
                self.close()
            self._generation = generation

    def wrote(self, generation: int) -> None:
        """Note that this process itself moved the catalogue on to `generation`."""
        with self.lock:
            # Only the very next one is ours alone: a gap means that another process wrote too.
            if self._generation is not None and generation == self._generation + 1:
                self._generation = generation

    def warm(self) -> None:
        """Import and open it, so that the first question does not wait for it."""
        with self.lock:
            self.open()

    def open(self) -> "Client":
        """Import and open Chroma, unless it is open."""
        if self._client is None:
            import chromadb
            from chromadb.config import Settings

            settings = Settings(anonymized_telemetry=False)
            if isinstance(self._location, Path):
                client = chromadb.PersistentClient(str(self._location), settings=settings)
            else:
                url = urlsplit(self._location)
                tls = url.scheme == "https"
                client = chromadb.HttpClient(
                    host=url.hostname or "localhost", port=url.port or 8000, ssl=tls, settings=settings
                )
            self._client = cast("Client", client)
        return self._client

    def close(self) -> None:
        """Close Chroma; the next call opens it again."""
        with self.lock:
            if self._client is not None:
                self._client.close()
            self._client = None
            self._collections = {}


_PAGE = 500
"""Collections asked for at once."""
