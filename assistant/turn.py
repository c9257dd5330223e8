"""A turn: from a question to a cited answer, as an iterator of events. The only way to answer."""

import uuid
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Event

from assistant import events
from assistant.abstaining import NOT_IN_DOCUMENTS
from assistant.events import Context, Finished, Quote, Source, Stopped, TurnEvent
from assistant.examples import Examples, NoExamples, with_examples
from assistant.limits import Limits
from assistant.prompts import QUOTE, Prompt
from assistant.quoting import DOUBTFUL, Quoter, quotes_of
from assistant.rails import Rails
from assistant.retrieval import Retrieval, Searches
from assistant.rewriting import background, rewritten_by
from assistant.settings import Price
from assistant.steps import Steps
from assistant.support import Support
from assistant.writing import Writing, citation, stopped
from ingest.catalogue import Passage
from models.backend import BackendError, ChatBackend

DOUBTED = "The documents may not answer this."


@dataclass(kw_only=True)
class Turn:
    """One question on its way to its answer. Iterate it once; the last event is `Finished`."""

    question: str
    retriever: Searches
    quoter: Quoter
    rails: Rails
    support: Support
    backend: ChatBackend | None
    """None answers with quotes, as the prompt `quote` does."""
    prompt: Prompt
    examples: Examples = field(default_factory=NoExamples)
    """For a prompt that shows some."""
    context: Context = field(default_factory=Context)
    collections: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    price: Price | None = None
    """Of the backend's model."""
    stop: Event = field(default_factory=Event)
    trace_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __iter__(self) -> Iterator[TurnEvent]:
        self._steps = Steps()
        self._masking = self.rails.masking() if self.backend is not None and not self.backend.info.is_here else None
        finished = yield from self._answer()
        timings = replace(finished.timings, total_s=self._steps.elapsed_s)
        yield replace(finished, timings=timings, steps=self._steps.taken)

    def _answer(self) -> Generator[TurnEvent, None, Finished]:
        with self._steps.step("rails on the question", "guardrail") as details:
            verdict = self.rails.check_question(self.question)
            details |= {"action": verdict.action, "rail": verdict.rail}
        if verdict.stops:
            yield Stopped(rail=verdict.rail or "", reason=verdict.reason or "")
            return stopped(self._quoted(()), verdict)

        query, behind = yield from self._rewritten()
        retrieval, sources = self._found(query, behind)
        retrieve_s = self._steps.elapsed_s
        others = retrieval.passages[self.limits.passages :]
        yield events.Found(sources=sources, seconds=retrieve_s, others=others)

        with self._steps.step("quote") as details:
            weighed = self.quoter.weigh(query, retrieval, sources, background=behind)
            quotes, confidence = quotes_of(weighed, most=self.limits.quotes), weighed.confidence
            details |= {
                "quotes": [quote.n for quote in quotes],
                "score": quotes[0].score if quotes else None,
                "confidence": confidence,
            }
        quote_s = self._steps.elapsed_s
        yield events.Quoted(
            quotes=tuple(quotes),
            abstained=not quotes,
            seconds=quote_s,
            doubtful=bool(quotes) and confidence < DOUBTFUL,
        )

        finished = replace(self._quoted(quotes, retrieve_s=retrieve_s, quote_s=quote_s), confidence=confidence)
        if not quotes or self.backend is None or self.prompt.name == QUOTE:
            return finished
        writing = Writing(
            backend=self.backend,
            prompt=self._with_examples(),
            rails=self.rails,
            masking=self._masking,
            support=self.support,
            limits=self.limits,
            price=self.price,
            steps=self._steps,
            stop=self.stop,
        )
        return (
            yield from writing.write(
                self.question, context=self.context, sources=sources, quotes=quotes, quoted=finished
            )
        )

    def _with_examples(self) -> Prompt:
        """The prompt with examples near what the conversation began with: its beginning has to stay as it was."""
        if not self.prompt.examples:
            return self.prompt
        with self._steps.step("examples") as details:
            began = next(iter(self.context.questions), self.question)
            prompt = with_examples(self.prompt, began, self.examples)
            details["chosen"] = prompt is not self.prompt
        return prompt

    def _rewritten(self) -> Generator[TurnEvent, None, tuple[str, str]]:
        """What is searched for, and the earlier words that it leans on; none where the backend's model rewrites it."""
        query, by = self.question, None
        behind = background(self.question, self.context.questions, self.context.answers)
        if behind and self.backend is not None and self.backend.info.rewrites:
            with self._steps.step("rewrite", "generation") as details:
                details["model"] = self.backend.info.model
                try:
                    query = rewritten_by(
                        self.backend, self.question, self.context.questions, masking=self._masking, stop=self.stop
                    )
                    behind, by = "", self.backend.info.model
                except BackendError as error:
                    details["error"] = str(error)  # the rules' query serves
        yield events.Rewritten(query=f"{behind} {query}".lstrip(), by=by)
        return query, behind

    def _found(self, query: str, behind: str) -> tuple[Retrieval, tuple[Source, ...]]:
        """The passages, each with the number that it has in this conversation."""
        began_s = self._steps.elapsed_s
        with self._steps.step("retrieve", "retriever") as details:
            limits = self.limits
            retrieval = self.retriever.search(
                query, k=max(limits.passages, limits.ranked), collections=self.collections, background=behind
            )
            sources = _number(self.context.sources, retrieval.passages[: limits.passages])
            details |= {
                "query": f"{behind} {query}".lstrip(),
                "collections": list(self.collections),
                "passages": [
                    {
                        "n": source.n,
                        "document": source.passage.document,
                        "version": source.passage.version_id,
                        "page": source.passage.page,
                        "score": round(source.passage.score, 6),
                    }
                    for source in sources
                ],
            }
        embedded = retrieval.embedded
        self._steps.add(
            "embed",
            "embedding",
            began_s=began_s + embedded.after_s,
            ended_s=began_s + embedded.after_s + embedded.seconds,
            details={"query": query, "model": embedded.model, "dimensions": embedded.dimensions},
        )
        return retrieval, sources

    def _quoted(self, quotes: Sequence[Quote], *, retrieve_s: float = 0, quote_s: float = 0) -> Finished:
        """The answer that the quotes are."""
        return Finished(
            answer=" ".join(f"{quote.text} [{quote.n}]" for quote in quotes) or NOT_IN_DOCUMENTS,
            citations=tuple(citation(quote) for quote in quotes),
            abstained=not quotes,
            stopped_by=None,
            error=None,
            draft=False,
            backend=None,
            model=None,
            prompt=QUOTE,
            timings=events.Timings(retrieve_s=retrieve_s, quote_s=quote_s, first_token_s=None, total_s=0),
            tokens=events.Tokens(),
            trace_id=self.trace_id,
        )


def _number(known: Sequence[Source], passages: Sequence[Passage]) -> tuple[Source, ...]:
    """The passages as sources: one that the conversation knows keeps its number, the others get the next ones."""
    numbers = {source.passage.chunk_id: source.n for source in known}
    free = max(numbers.values(), default=0)
    found = []
    for passage in passages:
        if passage.chunk_id not in numbers:
            free += 1
            numbers[passage.chunk_id] = free
        found.append(Source(n=numbers[passage.chunk_id], passage=passage))
    return tuple(found)
