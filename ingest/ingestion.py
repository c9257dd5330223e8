"""Documents in and out: parse, chunk, embed, and make each visible or gone in one step.

A version is first written where nobody finds it, its vectors are added, and then one transaction points
the document at it. Whatever a crash leaves that no document points at is swept by the next writer.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Literal

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ingest.catalogue import Catalogue
from ingest.chunking import Chunk, chunk_document
from ingest.elements import ParsedDocument
from ingest.embedded import embedded_text
from ingest.files import FileStore, sha256_of
from ingest.parsing import ParseError, Parser
from ingest.reanalysis import reanalyse
from ingest.sources import Source
from ingest.vectors import Vectors
from ingest.versions import Current, Versions
from models.words import Signs

RECIPE = "2"
"""Goes up when parsing or chunking change so much that documents are worth reading again."""

_TOGETHER_CHUNKS = 256
"""Small documents are embedded together until they make this many chunks: batches of one length are quicker."""

_REPORTED_CHUNKS = 128
"""Embedded between two reports of progress, and between two looks at whether to stop: about three seconds."""

Stage = Literal["reading", "embedding", "writing"]
Status = Literal["added", "updated", "unchanged", "removed", "failed", "cancelled"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a document has come."""

    source: Source
    stage: Stage
    done: int
    total: int
    """In chunks; 0 while it is not yet known."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a document."""

    document: str
    collection: str
    status: Status
    pages: int | None = None
    chunks: int = 0
    seconds: float = 0.0
    error: str | None = None
    """One sentence that says what to do, when it failed."""
    notes: tuple[str, ...] = ()


@dataclass(kw_only=True)
class _Read:
    """A document that has been parsed and chunked and waits to be embedded."""

    source: Source
    current: Current | None
    sha256: str
    size: int
    document: ParsedDocument
    chunks: list[Chunk]
    seconds: float


class Ingestion:
    """Takes documents in, replaces and removes them. One process writes at a time; others wait their turn.

    `vectors` gives the model in use and its index; who holds the right to write can rely on it that it stays in use.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        vectors: Callable[[], Vectors],
        files: FileStore,
        parser: Parser,
        lock: Path,
        target_chars: int = 1000,
    ) -> None:
        self._catalogue = catalogue
        self._vectors = vectors
        self._files = files
        self._parser = parser
        self._lock = FileLock(lock)
        self._target_chars = target_chars
        self._versions = Versions(catalogue, files)

    @property
    def recipe(self) -> str:
        """Names all that makes the same bytes into the same index entries."""
        return f"{RECIPE}/{self._target_chars}/{self._vectors().embedder.fingerprint}"

    def ingest(
        self,
        sources: Iterable[Source],
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> Iterator[Outcome]:
        """Take documents in; yields an outcome for each, soon after it can be found.

        The next document is parsed while one is embedded. A failure is an outcome, and the others go on.
        Setting `cancel` ends after the documents in hand, whose outcomes are still yielded.
        """
        report = progress or (lambda _: None)
        with self.writing():
            batch: list[_Read] = []
            for read in self._read_ahead(sources, report, cancel):
                if isinstance(read, Outcome):
                    yield read
                    continue
                batch.append(read)
                if sum(len(each.chunks) for each in batch) >= _TOGETHER_CHUNKS:
                    yield from self._embed_and_show(batch, report, cancel)
                    batch = []
            if batch:
                yield from self._embed_and_show(batch, report, cancel)

    def remove(self, document_ids: Iterable[int]) -> list[Outcome]:
        """Take documents off the desk: gone from search at once, whoever is writing; swept now or by that writer."""
        gone = self._versions.hide(document_ids, self._vectors().dense)
        self.recover()
        return [Outcome(document=name, collection=collection, status="removed") for name, collection in gone]

    def recover(self) -> None:
        """Sweep what a crash or a removal left behind, unless somebody is writing: then they do.

        Full text that an earlier Refdesk analysed is made anew.
        """
        try:
            with self._lock.acquire(blocking=False):
                self._versions.sweep(self._vectors().dense)
                self._versions.sweep_files(self._files.abandoned())
                reanalyse(self._catalogue)
        except TimeoutError:
            return

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write, having swept what an earlier writer may have left."""
        with self.locked():
            self._versions.sweep(self._vectors().dense)
            reanalyse(self._catalogue)
            yield

    @contextmanager
    def locked(self, cancel: Event | None = None) -> Iterator[None]:
        """Hold the right to write; setting `cancel` ends the waiting for it with a TimeoutError."""
        with self._lock.acquire(cancel_check=cancel.is_set if cancel is not None else None):
            yield

    def _read_ahead(
        self, sources: Iterable[Source], report: Callable[[Progress], None], cancel: Event | None
    ) -> Iterator[_Read | Outcome]:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse") as pool:
            waiting: Future[_Read | Outcome] | None = None
            try:
                for source in sources:
                    if cancel is not None and cancel.is_set():
                        break
                    following = pool.submit(self._read, source, report)
                    if waiting is not None:
                        yield waiting.result()
                    waiting = following
                if waiting is not None:
                    yield waiting.result()
            finally:
                if waiting is not None:
                    waiting.cancel()

    def _read(self, source: Source, report: Callable[[Progress], None]) -> _Read | Outcome:
        began = time.monotonic()
        outcome = Outcome(document=source.name, collection=source.collection, status="failed")
        try:
            sha256 = sha256_of(source.path)
            current = self._versions.current(source.collection, source.name)
            if current is not None and (current.sha256, current.recipe) == (sha256, self.recipe):
                pages, chunks, notes = current.pages, current.chunks, current.notes
                return replace(outcome, status="unchanged", pages=pages, chunks=chunks, notes=notes)
            report(Progress(source=source, stage="reading", done=0, total=0))
            # Kept first and parsed from there: the file itself may change or vanish meanwhile.
            sha256 = self._files.put(source.path)
            document = self._parser.parse(self._files.path(sha256), name=source.name)
            chunks_made = chunk_document(
                document, target_chars=self._target_chars, max_chars=_longest(self._target_chars)
            )
        except ParseError as error:
            self._versions.sweep_files({sha256})
            return replace(outcome, error=str(error), seconds=time.monotonic() - began)
        except OSError as error:
            sentence = f"“{source.name}” cannot be read: {error.strerror or error}."
            return replace(outcome, error=sentence, seconds=time.monotonic() - began)
        return _Read(
            source=source,
            current=current,
            sha256=sha256,
            size=self._files.path(sha256).stat().st_size,
            document=document,
            chunks=chunks_made,
            seconds=time.monotonic() - began,
        )

    def _embed_and_show(
        self, batch: list[_Read], report: Callable[[Progress], None], cancel: Event | None
    ) -> Iterator[Outcome]:
        began = time.monotonic()
        embedded = self._embed(batch, report, cancel)
        if embedded is None:
            for read in batch:
                yield Outcome(document=read.source.name, collection=read.source.collection, status="cancelled")
            return
        vectors, signs = embedded
        chunks = max(1, sum(len(read.chunks) for read in batch))
        offset = 0
        for read in batch:
            report(Progress(source=read.source, stage="writing", done=len(read.chunks), total=len(read.chunks)))
            part = slice(offset, offset + len(read.chunks))
            self._show(read, vectors[part], signs[part])
            offset += len(read.chunks)
        spent = time.monotonic() - began
        self._versions.sweep(self._vectors().dense)
        for read in batch:
            yield Outcome(
                document=read.source.name,
                collection=read.source.collection,
                status="added" if read.current is None else "updated",
                pages=read.document.page_count,
                chunks=len(read.chunks),
                seconds=read.seconds + spent * len(read.chunks) / chunks,
                notes=read.document.notes,
            )

    def _embed(
        self, batch: list[_Read], report: Callable[[Progress], None], cancel: Event | None
    ) -> tuple[NDArray[np.float32], list[Signs]] | None:
        """Vectors of all chunks of the batch and the signs of their words, in order; None when cancelled."""
        texts = [embedded_text(read.document.title, chunk) for read in batch for chunk in read.chunks]
        owners = [read for read in batch for _ in read.chunks]
        done = dict.fromkeys(map(id, batch), 0)
        embedder = self._vectors().embedder
        parts: list[NDArray[np.float32]] = []
        signs: list[Signs] = []
        for begin in range(0, len(texts), _REPORTED_CHUNKS):
            if cancel is not None and cancel.is_set():
                return None
            part = slice(begin, begin + _REPORTED_CHUNKS)
            made, of_words = embedder.passages_in_words(texts[part])
            parts.append(made)
            signs += of_words
            for read in owners[part]:
                done[id(read)] += 1
            for read in {id(read): read for read in owners[part]}.values():
                report(Progress(source=read.source, stage="embedding", done=done[id(read)], total=len(read.chunks)))
        return (np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)), signs

    def _show(self, read: _Read, vectors: NDArray[np.float32], signs: Sequence[Signs]) -> None:
        staged = self._versions.stage(
            collection=read.source.collection,
            name=read.source.name,
            sha256=read.sha256,
            size=read.size,
            recipe=self.recipe,
            document=read.document,
            chunks=read.chunks,
        )
        kept = self._vectors()
        kept.dense.add(staged.collection_id, staged.chunk_ids, vectors)
        search_texts = [embedded_text(read.document.title, chunk) for chunk in read.chunks]
        self._versions.show(
            staged,
            dict(zip(staged.chunk_ids, search_texts, strict=True)),
            kept,
            signs=dict(zip(staged.chunk_ids, signs, strict=bool(signs))),
        )


def _longest(target_chars: int) -> int:
    """Most characters of a passage filled to about `target_chars`."""
    return target_chars * 8 // 5
