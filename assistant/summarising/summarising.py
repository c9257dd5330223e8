"""Summaries as pages, the command line and the evaluation ask for them."""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from assistant.backends import Backends
from assistant.conversations import Choices
from assistant.data_sets.rows import Row
from assistant.evaluation.ranking import Ranked, holds, same_document
from assistant.events import Context, TurnEvent
from assistant.limits import Limits
from assistant.prompts import QUOTE, SUMMARY, Prompts
from assistant.rails import Rails
from assistant.registry.registry import Registry
from assistant.searching import Searching
from assistant.summarising.extractor import Extractor
from assistant.summarising.instruction import MOST_SENTENCES, USUAL_SENTENCES, instruction
from assistant.summarising.turn import SummaryTurn
from ingest.catalogue import Catalogue, DocumentSummary, Passage


class SummaryError(Exception):
    """What is asked for cannot be summarised; one sentence."""


class Summarising:
    """Makes summaries, and keeps nothing of them: they can be made anew. Thread-safe."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        searching: Callable[[], Searching],
        prompts: Prompts,
        backends: Backends,
        registry: Registry,
        rails: Rails,
        limits: Limits,
    ) -> None:
        self._catalogue, self._searching, self._prompts = catalogue, searching, prompts
        self._backends, self._registry, self._rails, self._limits = backends, registry, rails, limits

    def choices(self, *, backend: str | None = None, model: str | None = None) -> Choices:
        """Who writes: the document's own sentences, unless a model was promoted to, or is named here.

        Raises:
            BackendError: there is no such backend, or its model was taught to answer.
            ModelFileError: there is no such local model.
        """
        if backend is None and model is None:
            promoted = self._registry.summariser()
            return Choices(backend="local", model=promoted, prompt=SUMMARY if promoted else QUOTE)
        backend = backend or "local"
        if model is not None:
            self._backends.check_taught(backend, model, "summarising")
        else:
            self._backends.check(backend)
            model = self._backends.summarisers(backend)[0] if backend == "local" else None
        return Choices(backend=backend, model=model, prompt=SUMMARY)

    @property
    def extractor(self) -> Extractor:
        """What chooses the best sentences, with the embedding model that is current."""
        return Extractor(self._searching().embedder)

    def document(self, name: str, collection: str | None = None) -> DocumentSummary:
        """The document of that name.

        Raises:
            SummaryError: there is none, or there are several.
        """
        found = [one for one in self._catalogue.documents(collection) if one.name == name]
        if not found:
            raise SummaryError(f"There is no document “{name}”: see “refdesk documents list”.")
        if len(found) > 1:
            there = ", ".join(one.collection for one in found)
            raise SummaryError(f"There are several documents “{name}”: say of which collection ({there}).")
        return found[0]

    def summarise(
        self,
        document: DocumentSummary,
        *,
        sentences: int = USUAL_SENTENCES,
        choices: Choices | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[TurnEvent]:
        """Summarise a document in at most so many sentences; see `assistant.summarising.turn.SummaryTurn`.

        Raises:
            SummaryError: it cannot be that long, or it is not there any more.
            BackendError, ModelFileError: there is no such backend or model.
        """
        if not 1 <= sentences <= MOST_SENTENCES:
            raise SummaryError(f"A summary has 1 to {MOST_SENTENCES} sentences.")
        passages = self._catalogue.passages_of(document.id)
        if not passages:
            raise SummaryError(f"The document “{document.name}” is not on the desk any more.")
        return self._turn(instruction(document.name, sentences), passages, choices or self.choices(), stop)

    def ask(
        self,
        question: str,
        *,
        choices: Choices | None = None,
        context: Context | None = None,
        stop: threading.Event | None = None,
        ranked: int = 0,
        row: Row | None = None,
        given: Sequence[Passage] | None = None,
        temperature: float | None = None,
    ) -> Iterator[TurnEvent]:
        """A row's summary, as `assistant.evaluation.evaluator.Asks` has it: of `given`, or of what its sources name.

        Where these are not on the desk, there is nothing to summarise.

        Raises:
            BackendError, ModelFileError: there is no such backend or model.
        """
        passages = given if given is not None else self.passages(row) if row is not None else ()
        return self._turn(question, passages, choices or self.choices(), stop, temperature=temperature)

    def passages(self, row: Row) -> list[Passage]:
        """What a row is a summary of: the passages that hold its sources, or all of a document that it only names."""
        where = [source for source in row.sources if source.quote or source.page]
        passages = [
            passage
            for document_id, name in self._catalogue.names().items()
            if any(same_document(name, source.document) for source in row.sources)
            for passage in self._catalogue.passages_of(document_id)
        ]
        if not where:
            return passages
        return [one for one in passages if any(holds(_ranked(one), source, "quote") for source in where)]

    def _turn(
        self,
        question: str,
        passages: Sequence[Passage],
        choices: Choices,
        stop: threading.Event | None,
        *,
        temperature: float | None = None,
    ) -> Iterator[TurnEvent]:
        prompt = self._prompts.load(choices.prompt)
        backend = None
        if prompt.name != QUOTE:
            self._backends.check(choices.backend)
            backend = self._backends.get(choices.backend, choices.model)
        searching = self._searching()
        limits = self._limits if temperature is None else replace(self._limits, temperature=temperature)
        turn = SummaryTurn(
            question=question,
            passages=passages,
            extractor=Extractor(searching.embedder),
            rails=self._rails,
            support=searching.support,
            backend=backend,
            prompt=prompt,
            limits=limits,
            price=self._backends.price(backend) if backend else None,
            stop=stop or threading.Event(),
            trace_id=uuid.uuid4().hex,
        )
        return iter(turn)


def _ranked(passage: Passage) -> Ranked:
    last = passage.page_at(max(passage.start, passage.end - 1))
    return Ranked(document=passage.document, text=passage.text, page=passage.page, last_page=last)
