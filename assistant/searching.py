"""All that rests on one embedding model. A turn takes it at its start and keeps it to its end, come what may."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.quoting import Quoter
from assistant.retrieval import Retriever
from assistant.retrieval.cross_encoder import CrossEncoding
from assistant.settings import RetrievalSettings
from assistant.support import Support
from ingest.catalogue import Catalogue
from ingest.embeddings import Embeddings, Known
from ingest.index.chroma import Chroma
from ingest.index.dense import DenseIndex
from ingest.index.lexical import LexicalIndex
from ingest.index.words import WordIndex
from ingest.vectors import Vectors
from models.embedding import Embedder
from models.gguf import ModelFileError


@dataclass(frozen=True, kw_only=True)
class Searching:
    """Parts that compare vectors of the same model."""

    embedder: Embedder
    dense: DenseIndex
    words: WordIndex
    retriever: Retriever
    quoter: Quoter
    support: Support

    @property
    def vectors(self) -> Vectors:
        """What ingestion needs of it."""
        return Vectors(embedder=self.embedder, dense=self.dense, words=self.words)


Make = Callable[[Embedder], Searching]


@dataclass(frozen=True, kw_only=True)
class SearchingWith:
    """Makes the parts for any embedding model, with the vectors that there are of it."""

    catalogue: Catalogue
    chroma: Chroma
    lexical: LexicalIndex
    retrieval: RetrievalSettings

    def __call__(self, embedder: Embedder) -> Searching:
        """Cheap: nothing is loaded or opened by it."""
        dense = DenseIndex(self.chroma, fingerprint=embedder.fingerprint)
        words = WordIndex(self.catalogue.engine, fingerprint=embedder.fingerprint)
        retrieval = self.retrieval
        return Searching(
            embedder=embedder,
            dense=dense,
            words=words,
            retriever=Retriever(
                catalogue=self.catalogue,
                dense=dense,
                lexical=self.lexical,
                words=words,
                embedder=embedder,
                candidates=retrieval.candidates,
                ranking=retrieval.ranking,
                reranker=CrossEncoding(retrieval.reranker) if retrieval.reranker else None,
                reranked=retrieval.reranked,
            ),
            quoter=Quoter(lexical=self.lexical, embedder=embedder),
            support=Support(lexical=self.lexical, embedder=embedder),
        )


class Followed:
    """The parts for the embedding model that the catalogue says is current, whichever process swapped it in.

    A model that was swapped in wins over the one that the settings name, which counts for as long as none was: the
    vectors that are there are of the former, and a changed setting must not leave the desk without them.
    """

    def __init__(
        self, embeddings: Embeddings, make: Make, *, named: Path | None, folder: Path, threads: int | None
    ) -> None:
        self._embeddings = embeddings
        self._make = make
        self._named = named
        self._folder = folder
        self._threads = threads
        self._lock = threading.Lock()
        self._now: Searching | None = None
        self._known: Known | None = None

    def now(self) -> Searching:
        """The parts; made anew when another model has been swapped in.

        Raises:
            ModelFileError: the current model is not where it was, or is not what it was.
        """
        known = self._embeddings.current()
        with self._lock:
            if self._now is None or known != self._known:
                self._now, self._known = self._make(self._embedder(known)), known
            return self._now

    def known(self) -> Known:
        """Which model is used."""
        return self._embeddings.current() or self.as_known(Embedder(self._named))

    def as_known(self, embedder: Embedder) -> Known:
        """How the catalogue writes a model down: a folder within the home stays right when the home is moved."""
        folder: str | None = None
        if not embedder.is_packaged:
            inside = embedder.folder.resolve().is_relative_to(self._folder.resolve())
            folder = embedder.folder.name if inside else str(embedder.folder.resolve())
        return Known(fingerprint=embedder.fingerprint, name=embedder.name, folder=folder)

    def _embedder(self, known: Known | None) -> Embedder:
        if known is None:
            return Embedder(self._named, threads=self._threads)
        return self.opened(known)

    def opened(self, known: Known) -> Embedder:
        """A model that was written down.

        Raises:
            ModelFileError: it is not where it was, or is not what it was.
        """
        path = None if known.folder is None else self._folder / known.folder
        try:
            embedder = Embedder(path, threads=self._threads)
        except ModelFileError as error:
            raise ModelFileError(f"{error} {_REMEDY}") from error
        if embedder.fingerprint != known.fingerprint:
            raise ModelFileError(f"The embedding model “{known.name}” was changed since it was put to use. {_REMEDY}")
        return embedder


_REMEDY = "Put it back, or see “refdesk embedding list” for others and “refdesk embedding use”."
