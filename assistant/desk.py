"""The desk: everything put together from the settings, in one place. What pages and the command line hold."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from assistant.answering import Answering
from assistant.backends import Backends
from assistant.conversations import Choices, Conversations
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.shared_sets import SharedSets
from assistant.diagnosis import Diagnoses
from assistant.embedding.fittings import Fittings
from assistant.embedding.models import EmbeddingModels
from assistant.evaluation.evaluation import Evaluation
from assistant.evaluation.examples import ApprovedExamples
from assistant.evaluation.experiments import Experiments
from assistant.feedback import Feedback
from assistant.improvement.hosted import HostedImprovement
from assistant.improvement.improvement import Improvement
from assistant.insights import Insights
from assistant.insights.missing import MissingDocuments
from assistant.insights.topics import Topics
from assistant.langfuse_connection import make_project, make_sender
from assistant.limits import limits_for
from assistant.measured import Measured, measured
from assistant.passage_view import PassageView, view_passage
from assistant.preferences import Preferences
from assistant.prompts import QUOTE, Prompts
from assistant.quoting import Quoter
from assistant.rails import Rails, mask_value
from assistant.registry.decisions import Decisions
from assistant.registry.registry import Registry
from assistant.retrieval import Retrieval, Retriever
from assistant.review.building import Building
from assistant.review.reviews import Reviews
from assistant.samples import Samples
from assistant.schema import upgrade
from assistant.searching import Followed, Searching, SearchingWith
from assistant.settings import Settings, load_settings
from assistant.summarising import AsksEither, Summarising
from assistant.support import Support
from assistant.synthesis import Syntheses, Synthesiser
from assistant.tracing import Outbox
from assistant.trials import Trials
from assistant.upkeep import Upkeep
from assistant.uploads import Upload, Uploads
from assistant.warming import Warming
from ingest.catalogue import Catalogue
from ingest.embeddings import Embeddings
from ingest.files import FileStore
from ingest.index.chroma import Chroma
from ingest.index.dense import DenseIndex
from ingest.index.lexical import LexicalIndex
from ingest.ingestion import Ingestion, Outcome, Progress
from ingest.jobs import Jobs
from ingest.parsing import Parser
from ingest.reindexing import Reindexing
from ingest.sources import Source
from models.cores import one_thread_for_numpy, sleep_when_idle
from models.embedding import Embedder
from models.embedding_folder import EmbeddingFolder
from models.hosted.fine_tuning import HostedFineTuning
from models.registry import ModelFolder

# Nothing leaves this machine unasked: the libraries' own telemetry is off before any of them is imported.
for _name in ("ANONYMIZED_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK", "UNSTRUCTURED_DISABLE_NOTICE"):
    os.environ.setdefault(_name, "False" if _name == "ANONYMIZED_TELEMETRY" else "1")


class Desk:
    """Opening it is cheap: its parts load what is heavy when it is first needed. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home.expanduser()
        self.home.mkdir(parents=True, exist_ok=True)
        limits = settings.ingest
        sleep_when_idle()  # before torch or llama.cpp is imported: they share what it sets
        one_thread_for_numpy()

        self.catalogue = Catalogue(settings.catalogue_url or f"sqlite:///{self.home / 'catalogue.sqlite'}")
        upgrade(self.catalogue.engine)
        self.lexical = LexicalIndex(self.catalogue.engine)
        self._chroma = Chroma(settings.chroma_url or self.home / "chroma")
        self.searching_with = SearchingWith(
            catalogue=self.catalogue, chroma=self._chroma, lexical=self.lexical, retrieval=settings.retrieval
        )
        self.followed = Followed(
            Embeddings(self.catalogue),
            self.searching_with,
            named=settings.embedding.model,
            folder=self.home / "embeddings",
            threads=settings.embedding.threads,
        )
        self.files = FileStore(self.home / "files")
        self.parser = Parser(timeout_s=limits.timeout_s, memory_mb=limits.memory_mb, max_bytes=limits.max_mb * 2**20)
        self.ingestion = Ingestion(
            catalogue=self.catalogue,
            vectors=lambda: self.searching.vectors,
            files=self.files,
            parser=self.parser,
            lock=self.home / "ingest.lock",
            target_chars=limits.chunk_chars,
        )
        self.rails = Rails(secrets=settings.secrets)
        self.outbox = Outbox(self.catalogue, rows=settings.langfuse.outbox_rows)
        self.sender = make_sender(settings.langfuse, self.outbox, lock=self.home / "traces.lock")
        self.conversations = Conversations(self.catalogue, self.outbox)
        self.feedback = Feedback(self.catalogue, self.outbox)
        self.diagnoses = Diagnoses(self.catalogue, lambda: self.searching)
        self.insights = Insights(self.catalogue)
        self.missing = MissingDocuments(self.catalogue, lambda: self.searching)
        self.models = ModelFolder(self.home / "models")
        self.data_sets = DataSets(self.catalogue)
        self.registry = Registry(
            models=self.models,
            decisions=Decisions(self.catalogue),
            data_sets=self.data_sets,
            default=lambda: settings.local.model,
        )
        self.backends = Backends(settings, self.models, self.registry)
        self.jobs = Jobs(self.catalogue, lock=self.home / "jobs.lock")
        self.topics = Topics(catalogue=self.catalogue, searching=lambda: self.searching, jobs=self.jobs)
        self.uploads = Uploads(jobs=self.jobs, files=self.files, ingestion=self.ingestion)
        self.reindexing = Reindexing(
            catalogue=self.catalogue, ingestion=self.ingestion, lock=self.home / "embedding.lock"
        )
        self.embeddings = EmbeddingModels(
            catalogue=self.catalogue,
            followed=self.followed,
            make=self.searching_with,
            chroma=self._chroma,
            reindexing=self.reindexing,
            folder=EmbeddingFolder(self.home / "embeddings"),
            base=settings.embedding.model,
            threads=settings.embedding.threads,
        )
        self.fittings = Fittings(jobs=self.jobs, models=self.embeddings, catalogue=self.catalogue)
        self.prompts = Prompts(self.catalogue, Preferences(self.catalogue), default=settings.answer.prompt)
        self.trials = Trials(self.catalogue, usual=self._usual_choices)
        self.shared_sets = SharedSets(self.data_sets, project=lambda: make_project(settings.langfuse), mask=mask_value)
        self.reviews = Reviews(self.catalogue, self.data_sets)
        self.building = Building(self.catalogue, self.data_sets, embedder=lambda: self.embedder)
        self.upkeep = Upkeep((self.reviews.fill, self.diagnoses.make), lock=self.home / "upkeep.lock")
        self.examples = ApprovedExamples(catalogue=self.catalogue, searching=lambda: self.searching)
        self.answering = Answering(
            settings=settings,
            catalogue=self.catalogue,
            searching=lambda: self.searching,
            prompts=self.prompts,
            backends=self.backends,
            rails=self.rails,
            examples=self.examples,
            conversations=self.conversations,
            outbox=self.outbox,
            usual=self._usual_choices,
        )
        self.ask, self.converse, self.traced = self.answering.ask, self.answering.converse, self.answering.traced
        self.summarising = Summarising(
            catalogue=self.catalogue,
            searching=lambda: self.searching,
            prompts=self.prompts,
            backends=self.backends,
            registry=self.registry,
            rails=self.rails,
            limits=limits_for(settings, "local"),
        )
        asks = AsksEither(answer=self.ask, summarise=self.summarising.ask)
        self.evaluation = Evaluation(
            ask=asks,
            data_sets=self.data_sets,
            prompts=self.prompts,
            examples=self.examples,
            catalogue=self.catalogue,
            searching=lambda: self.searching,
            backends=self.backends,
            models=self.models,
            settings=settings,
            jobs=self.jobs,
            rails=self.rails,
        )
        self.experiments = Experiments(
            evaluation=self.evaluation,
            data_sets=self.data_sets,
            outbox=self.outbox,
            catalogue=self.catalogue,
            project=lambda: make_project(settings.langfuse),
        )
        synthesiser = Synthesiser(
            catalogue=self.catalogue,
            searching=lambda: self.searching,
            lexical=self.lexical,
            backends=self.backends,
            rails=self.rails,
            summarising=self.summarising,
        )
        self.syntheses = Syntheses(synthesiser=synthesiser, data_sets=self.data_sets, jobs=self.jobs)
        self.improvement = Improvement(
            folder=self.home / "lab",
            ask=asks,
            summarising=self.summarising,
            catalogue=self.catalogue,
            data_sets=self.data_sets,
            evaluation=self.evaluation,
            registry=self.registry,
            models=self.models,
            backends=self.backends,
            prompts=self.prompts,
            rails=self.rails,
            support=lambda: self.support,
            limits=lambda backend: limits_for(settings, backend),
            threads=settings.local.threads,
            jobs=self.jobs,
        )
        self.hosted_improvement = HostedImprovement(
            data_sets=self.data_sets,
            lessons=lambda prompt: self.improvement.lessons(self.backends.get("hosted"), prompt),
            rails=self.rails,
            fine_tuning=lambda: HostedFineTuning(self.backends.hosted_server(), self.home / "lab" / "hosted"),
        )
        self.samples = Samples(uploads=self.uploads, data_sets=self.data_sets)
        self.warming = Warming()

    # Looking

    def choices(self, conversation_id: str | None = None) -> Choices:
        """How questions are answered until somebody chooses otherwise; in a new conversation as a trial draws it."""
        return self._usual_choices() if conversation_id is None else self.trials.choices(conversation_id)

    def measured(self, backend: str, model: str | None = None) -> Measured:
        """What a backend has measured so far on this desk."""
        return measured(self.catalogue, backend, model)

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

    # Parts

    @property
    def searching(self) -> Searching:
        """What rests on the embedding model that is current; ask once for what belongs together."""
        return self.followed.now()

    @property
    def embedder(self) -> Embedder:
        """The embedding model that is current."""
        return self.searching.embedder

    @property
    def dense(self) -> DenseIndex:
        """Its vectors."""
        return self.searching.dense

    @property
    def retriever(self) -> Retriever:
        """Searches with it."""
        return self.searching.retriever

    @property
    def quoter(self) -> Quoter:
        """Quotes with it."""
        return self.searching.quoter

    @property
    def support(self) -> Support:
        """Checks sentences with it."""
        return self.searching.support

    def _usual_choices(self) -> Choices:
        return Choices(backend=self.settings.backend, prompt=self.prompts.default)

    def warm(self, *, model: bool = False) -> Warming:
        """Begin to load what the first question would wait for, in the background; shows how far it is."""
        steps: list[tuple[str, Callable[[], object]]] = [
            ("Opening the index", self._warm_index),
            ("Loading the embedding model", lambda: self.embedder.warm()),
            ("Loading the rails", self.rails.warm),
            ("Trying a first search", self._first_search),
            ("Counting what was asked", self.insights.warm),
        ]
        if model:
            steps.append(("Loading the language model", lambda: self.backends.get("local").warm()))
        self.warming.start(steps)
        return self.warming

    def _warm_index(self) -> None:
        self.ingestion.recover()
        if self.jobs.unfinished():
            self.jobs.start()
        if self.sender is not None:
            self.sender.start()
        self.upkeep.start()
        self._chroma.warm()

    def _first_search(self) -> None:
        """Run a whole search once: the first call of each part is far slower than the next."""
        for _ in self.ask("warm up", choices=Choices(backend=self.settings.backend, prompt=QUOTE)):
            pass

    def close(self) -> None:
        """End the background work and free the models."""
        self.jobs.close()
        self.upkeep.close()
        if self.sender is not None:
            self.sender.close()
        self.rails.close()
        self.backends.close()
        self.parser.close()
        self._chroma.close()
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
