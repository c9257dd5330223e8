"""The desk: everything put together from the settings, in one place. What pages and the command line hold."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from assistant.events import Context, TurnEvent
from assistant.passage_view import PassageView, view_passage
from assistant.prompts import QUOTE, load_prompt
from assistant.quoting import Quoter
from assistant.retrieval import Retrieval, Retriever
from assistant.schema import upgrade
from assistant.settings import Settings, load_settings
from assistant.turn import Limits, Turn
from assistant.uploads import Upload, Uploads
from assistant.warming import Warming
from ingest.catalogue import Catalogue
from ingest.files import FileStore
from ingest.index.dense import DenseIndex
from ingest.index.lexical import LexicalIndex
from ingest.ingestion import Ingestion, Outcome, Progress
from ingest.jobs import Jobs
from ingest.parsing import Parser
from ingest.sources import Source
from models.backend import ChatBackend
from models.cores import sleep_when_idle
from models.embedding import Embedder
from models.local import LocalBackend
from models.registry import ModelFolder
from models.scripted import ScriptedBackend

SAMPLES = Path(__file__).parent.parent / "samples"

_SCRIPTED_DELAY_S = 0.05
"""A word at a time, about as fast as a local model writes."""

# Nothing leaves this machine unasked: the libraries' own telemetry is off before any of them is imported.
for _name in ("ANONYMIZED_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK", "UNSTRUCTURED_DISABLE_NOTICE"):
    os.environ.setdefault(_name, "False" if _name == "ANONYMIZED_TELEMETRY" else "1")


class Desk:
    """Opening it is cheap: its parts load what is heavy when it is first needed. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home.expanduser()
        self.home.mkdir(parents=True, exist_ok=True)
        limits, retrieval = settings.ingest, settings.retrieval
        sleep_when_idle()  # before torch or llama.cpp is imported: they share what it sets

        self.catalogue = Catalogue(settings.catalogue_url or f"sqlite:///{self.home / 'catalogue.sqlite'}")
        upgrade(self.catalogue.engine)
        lexical = LexicalIndex(self.catalogue.engine)
        self.embedder = Embedder(settings.embedding.model, threads=settings.embedding.threads)
        self.dense = DenseIndex(settings.chroma_url or self.home / "chroma", fingerprint=self.embedder.fingerprint)
        self.files = FileStore(self.home / "files")
        self.parser = Parser(timeout_s=limits.timeout_s, memory_mb=limits.memory_mb, max_bytes=limits.max_mb * 2**20)
        self.ingestion = Ingestion(
            catalogue=self.catalogue,
            dense=self.dense,
            files=self.files,
            parser=self.parser,
            embedder=self.embedder,
            lock=self.home / "ingest.lock",
            target_chars=limits.chunk_chars,
        )
        self.retriever = Retriever(
            catalogue=self.catalogue,
            dense=self.dense,
            lexical=lexical,
            embedder=self.embedder,
            candidates=retrieval.candidates,
            dense_weight=retrieval.dense_weight,
            lexical_weight=retrieval.lexical_weight,
        )
        self.quoter = Quoter(lexical=lexical, embedder=self.embedder)
        self.models = ModelFolder(self.home / "models")
        self.jobs = Jobs(self.catalogue, lock=self.home / "jobs.lock")
        self.uploads = Uploads(jobs=self.jobs, files=self.files, ingestion=self.ingestion)
        self.warming = Warming()
        self._backends: dict[str, ChatBackend] = {}
        self._making = threading.Lock()

    # Answering

    def ask(
        self,
        question: str,
        *,
        prompt: str | None = None,
        model: str | None = None,
        context: Context | None = None,
        collections: Sequence[str] = (),
        stop: threading.Event | None = None,
    ) -> Iterator[TurnEvent]:
        """Answer a question; see `assistant.turn.Turn`.

        Raises:
            UnknownPrompt: there is no such prompt.
            UnknownCollection: there is no such collection.
        """
        prompt = prompt or self.settings.answer.prompt
        if prompt != QUOTE:
            load_prompt(prompt)
        answer = self.settings.answer
        limits = Limits(
            passages=self.settings.retrieval.passages,
            quotes=answer.quotes,
            max_tokens=answer.max_tokens,
            temperature=answer.temperature,
        )
        turn = Turn(
            question=question,
            retriever=self.retriever,
            quoter=self.quoter,
            backend=None if prompt == QUOTE else self.backend(model),
            prompt=prompt,
            context=context or Context(),
            collections=collections,
            limits=limits,
            stop=stop or threading.Event(),
        )
        return iter(turn)

    def search(self, query: str, *, k: int = 10, collections: Sequence[str] = ()) -> Retrieval:
        """Passages for a query, best first."""
        return self.retriever.search(query, k=k, collections=collections)

    def view(self, version_id: int, start: int, end: int, *, page: int | None = None) -> PassageView:
        """The place of a span in its document, marked: on the page's picture where there is one, else in the text."""
        return view_passage(
            self.catalogue, self.files, self.parser, version_id=version_id, start=start, end=end, page=page
        )

    # Documents

    def ingest(
        self,
        sources: Iterable[Source],
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Outcome]:
        """Take documents in here and now; see `ingest.ingestion.Ingestion.ingest`."""
        return self.ingestion.ingest(sources, progress=progress, cancel=cancel)

    def upload(self, uploads: Iterable[Upload], *, collection: str | None = None) -> str:
        """Take documents in, in the background; gives the batch to ask `jobs` about."""
        return self.uploads.submit(uploads, collection=collection or self.settings.collection)

    def remove(self, document_ids: Iterable[int]) -> list[Outcome]:
        """Take documents off the desk."""
        return self.ingestion.remove(document_ids)

    def load_samples(self) -> str:
        """Queue the sample documents; gives the batch."""
        paths = sorted((SAMPLES / "documents").iterdir())
        streams = [path.open("rb") for path in paths]
        try:
            files = [Upload(name=path.name, content=stream) for path, stream in zip(paths, streams, strict=True)]
            return self.upload(files, collection="samples")
        finally:
            for stream in streams:
                stream.close()

    def sample_questions(self) -> list[str]:
        """Questions that the samples answer."""
        return (SAMPLES / "questions.txt").read_text(encoding="utf-8").splitlines()

    # Parts

    def backend(self, model: str | None = None) -> ChatBackend:
        """The chat backend of a model by name, the set one by default. Loads nothing yet.

        Raises:
            ModelFileError: there is no such model.
        """
        name = model or self.settings.local.model
        with self._making:
            if name not in self._backends:
                self._backends[name] = self._make_backend(name)
            return self._backends[name]

    def _make_backend(self, name: str) -> ChatBackend:
        if self.settings.backend == "scripted":
            return ScriptedBackend(delay_s=_SCRIPTED_DELAY_S)
        card = self.models.find(name)
        local = self.settings.local
        return LocalBackend(
            card.path,
            name=card.name,
            context_tokens=min(local.context_tokens, card.context_tokens),
            threads=local.threads,
            beats_quote=card.beats_quote,
        )

    def warm(self, *, model: bool = False) -> Warming:
        """Begin to load what the first question would wait for, in the background; shows how far it is."""
        steps: list[tuple[str, Callable[[], object]]] = [
            ("Opening the index", self._warm_index),
            ("Loading the embedding model", self.embedder.warm),
            ("Trying a first search", self._first_search),
        ]
        if model:
            steps.append(("Loading the language model", lambda: self.backend().warm()))
        self.warming.start(steps)
        return self.warming

    def _warm_index(self) -> None:
        self.ingestion.recover()
        if self.jobs.unfinished():
            self.jobs.start()
        self.dense.warm()

    def _first_search(self) -> None:
        """Run a whole search once: the first call of each part is far slower than the next."""
        for _ in self.ask("warm up"):
            pass

    def close(self) -> None:
        """End the background work and free the models."""
        self.jobs.close()
        for backend in self._backends.values():
            backend.close()
        self.parser.close()
        self.dense.close()
        self.catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_desk(settings: Settings | None = None) -> Desk:
    """Open the desk that the settings describe."""
    return Desk(settings or load_settings())
