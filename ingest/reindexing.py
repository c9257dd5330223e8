"""Another embedding model: its vectors are built beside those in use, compared, and swapped in, in one step.

Whatever is written lies beside what search uses until one transaction makes it current; the old vectors stay, to go
back to. A crash at any moment leaves the old model in use or the new one, and work that was cut off goes on.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Event

from filelock import FileLock, Timeout
from sqlalchemy import select

from ingest.catalogue import Catalogue
from ingest.embedded import Embedded, embedded
from ingest.embeddings import Embeddings, Known
from ingest.index.dense import DenseIndex
from ingest.index.words import WordIndex
from ingest.ingestion import Ingestion
from ingest.tables import ChunkRow
from ingest.vectors import Vectors
from models.words import Signs

_TOGETHER = 256
"""Passages embedded between two writes, two reports and two looks at whether to stop: about six seconds."""


class ReindexingError(Exception):
    """The vectors cannot be built; one sentence."""


@dataclass(frozen=True, kw_only=True)
class ReindexProgress:
    """How far the vectors of another model are built."""

    done: int
    total: int
    """In passages that had no vector when it began."""
    rate: float
    """Passages a second."""
    eta_s: float | None
    """Seconds until all are built, from the rate so far."""


Accept = Callable[[Vectors, Vectors], bool]
"""Told the old and the new vectors; whether the new ones are to take their place."""


class Reindexing:
    """Builds and swaps. One does so at a time; documents may come and go meanwhile."""

    def __init__(self, *, catalogue: Catalogue, ingestion: Ingestion, lock: Path) -> None:
        self._catalogue = catalogue
        self._ingestion = ingestion
        self._embeddings = Embeddings(catalogue)
        self._lock = FileLock(lock)

    def swap(
        self,
        old: tuple[Known, Vectors | None],
        new: tuple[Known, Vectors],
        *,
        accept: Accept | None = None,
        progress: Callable[[ReindexProgress], None] | None = None,
        cancel: Event | None = None,
    ) -> bool:
        """Build the vectors of `new`, and let them take the place of `old` if `accept` says so; whether they did.

        `accept` sees all that was there shortly before; what changes while it looks is caught up with before the
        swap. What was built stays when it is refused. Without the `old` vectors nothing can be compared.

        Raises:
            ReindexingError: another one is under way, or `cancel` was set: what was built waits for the next time.
        """
        cancel = cancel or Event()
        (old_model, old_vectors), (new_model, vectors) = old, new
        with self._building():
            self._build(vectors, progress or (lambda _: None), cancel)
            if accept is not None and (old_vectors is None or not accept(old_vectors, vectors)):
                return False
            with self._ingestion.locked(cancel):
                self._build(vectors, lambda _: None, cancel)
                if cancel.is_set():
                    raise _cancelled()
                passed_over = self._embeddings.before()
                vectors.dense.wrote(self._embeddings.swap(old_model, new_model))
                if passed_over is not None and passed_over.fingerprint not in (
                    vectors.dense.fingerprint,
                    old_model.fingerprint,
                ):
                    self._drop(vectors.dense.beside(passed_over.fingerprint))  # there is one step back, not two
        return True

    def drop(self, dense: DenseIndex) -> None:
        """Delete the vectors of a model that is not used; there is no going back to it.

        Raises:
            ReindexingError: an embedding model is being built in.
        """
        with self._building(), self._ingestion.locked():
            self._embeddings.forget(dense.fingerprint)
            self._drop(dense)

    def _drop(self, dense: DenseIndex) -> None:
        dense.drop()
        with self._catalogue.writing() as session:
            WordIndex(self._catalogue.engine, fingerprint=dense.fingerprint).drop(session)

    def _build(self, vectors: Vectors, progress: Callable[[ReindexProgress], None], cancel: Event) -> None:
        """Give every passage a vector, and take away those of passages that are gone, until nothing is left to do."""
        began, done = time.monotonic(), 0
        while missing := self._missing(vectors):
            total = done + len(missing)
            passages = embedded(self._catalogue, missing)
            while some := list(islice(passages, _TOGETHER)):
                if cancel.is_set():
                    raise _cancelled()
                self._add(vectors, some, cancel)
                done += len(some)
                rate = done / (time.monotonic() - began)
                progress(ReindexProgress(done=done, total=total, rate=rate, eta_s=(total - done) / rate))

    def _missing(self, vectors: Vectors) -> set[int]:
        """Passages without a vector; those that are gone lose theirs."""
        missing: set[int] = set()
        for collection_id in self._catalogue.collections().values():
            there, wanted = vectors.dense.ids(collection_id), self._catalogue.chunk_ids(collection_id)
            missing |= wanted - there
            if gone := there - wanted:
                with self._ingestion.locked():
                    # What had been staged and not shown when the ids were read may be current by now.
                    gone -= self._catalogue.chunk_ids(collection_id)
                    vectors.dense.delete({collection_id: sorted(gone)})
        return missing

    def _add(self, vectors: Vectors, passages: list[Embedded], cancel: Event) -> None:
        made, signs = vectors.embedder.passages_in_words([passage.text for passage in passages])
        by_collection = defaultdict[int, list[int]](list)
        for at, passage in enumerate(passages):
            by_collection[passage.collection_id].append(at)
        # Chroma has one writer at a time, as the catalogue has: embedding takes long, this does not.
        with self._ingestion.locked(cancel):
            # Before the vectors: a passage is missing for as long as it has none of these.
            self._add_signs(
                vectors.words, {passage.chunk_id: of for passage, of in zip(passages, signs, strict=bool(signs))}
            )
            for collection_id, places in by_collection.items():
                vectors.dense.add(collection_id, [passages[at].chunk_id for at in places], made[places])

    def _add_signs(self, words: WordIndex, signs: Mapping[int, Signs]) -> None:
        with self._catalogue.writing() as session:
            there = set(session.scalars(select(ChunkRow.id).where(ChunkRow.id.in_(list(signs)))))  # some may be gone
            words.add(session, {chunk_id: signs[chunk_id] for chunk_id in there})

    @contextmanager
    def _building(self) -> Iterator[None]:
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise ReindexingError("An embedding model is being built in already: wait until that is done.") from None
        try:
            yield
        except Timeout:  # of the right to write, which ends when `cancel` is set
            raise _cancelled() from None
        finally:
            self._lock.release()


def _cancelled() -> ReindexingError:
    return ReindexingError("It was cancelled; what was built is kept, and goes on the next time.")
