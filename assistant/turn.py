"""A turn: from a question to a cited answer, as an iterator of events. The only way to answer."""

import time
import uuid
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Event

from assistant import events
from assistant.citations import CitationFilter
from assistant.events import Citation, Context, Exchange, Finished, Quote, Source, TurnEvent
from assistant.prompting import FittedPrompt, fit
from assistant.prompts import QUOTE, load_prompt
from assistant.quoting import Quoter
from assistant.retrieval import Retriever
from assistant.rewriting import standalone
from ingest.catalogue import Passage
from models.backend import BackendError, ChatBackend, Completed, Message, Queued, Reading, Sampling, TextDelta

NOT_IN_DOCUMENTS = "Not in the documents."


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much goes into a turn."""

    passages: int = 8
    quotes: int = 3
    model_passages: int = 3
    excerpt_chars: int = 400
    """Of a passage that a model is given."""
    max_tokens: int = 220
    temperature: float = 0.0


@dataclass(kw_only=True)
class Turn:
    """One question on its way to its answer. Iterate it once; the last event is `Finished`."""

    question: str
    retriever: Retriever
    quoter: Quoter
    backend: ChatBackend | None
    """None answers with quotes, as the prompt `quote` does."""
    prompt: str = QUOTE
    context: Context = field(default_factory=Context)
    collections: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    stop: Event = field(default_factory=Event)

    def __iter__(self) -> Iterator[TurnEvent]:
        self._began = time.monotonic()
        query = standalone(self.question, self.context.questions)
        yield events.Rewritten(query=query)

        retrieval = self.retriever.search(query, k=self.limits.passages, collections=self.collections)
        self._numbered, sources = _number(self.context.sources, retrieval.passages)
        retrieve_s = self._elapsed()
        yield events.Found(sources=sources, seconds=retrieve_s)

        quotes = self.quoter.quote(query, retrieval.vector, sources, most=self.limits.quotes)
        quote_s = self._elapsed()
        yield events.Quoted(quotes=tuple(quotes), abstained=not quotes, seconds=quote_s)

        finished = self._quoted(
            quotes, events.Timings(retrieve_s=retrieve_s, quote_s=quote_s, first_token_s=None, total_s=0)
        )
        if quotes and self.backend is not None and self.prompt != QUOTE:
            finished = yield from self._written(self.backend, sources, quotes, finished)
        yield replace(finished, timings=replace(finished.timings, total_s=self._elapsed()))

    def _quoted(self, quotes: Sequence[Quote], timings: events.Timings) -> Finished:
        """The answer that the quotes are."""
        return Finished(
            answer=" ".join(f"{quote.text} [{quote.n}]" for quote in quotes) or NOT_IN_DOCUMENTS,
            citations=tuple(_citation(quote) for quote in quotes),
            abstained=not quotes,
            stopped_by=None,
            error=None,
            draft=False,
            backend=None,
            model=None,
            prompt=QUOTE,
            timings=timings,
            tokens=events.Tokens(),
            trace_id=uuid.uuid4().hex,
            context=replace(self.context, questions=(*self.context.questions, self.question), sources=self._numbered),
        )

    def _written(
        self, backend: ChatBackend, sources: Sequence[Source], quotes: Sequence[Quote], quoted: Finished
    ) -> Generator[TurnEvent, None, Finished]:
        """The answer that a model writes; gives `Finished`. A model that fails leaves the quotes as they are."""
        info = backend.info
        prompt = load_prompt(self.prompt)
        written = replace(
            quoted,
            prompt=f"{prompt.name}@{prompt.version}",
            backend=info.backend,
            model=info.model,
            draft=not info.beats_quote,
        )
        try:
            fitted = fit(
                prompt=prompt,
                question=self.question,
                sources=sources,
                quotes=quotes,
                context=self.context,
                backend=backend,
                answer_tokens=self.limits.max_tokens,
                passages=self.limits.model_passages,
                excerpt_chars=self.limits.excerpt_chars,
            )
            return (yield from self._stream(backend, fitted, sources, quotes, written))
        except BackendError as error:
            return replace(written, error=str(error))

    def _stream(
        self,
        backend: ChatBackend,
        fitted: FittedPrompt,
        sources: Sequence[Source],
        quotes: Sequence[Quote],
        written: Finished,
    ) -> Generator[TurnEvent, None, Finished]:
        citations = CitationFilter(fitted.citable)
        raw: list[str] = []
        shown: list[str] = []
        first_token_s: float | None = None
        completed: Completed | None = None
        sampling = Sampling(max_tokens=self.limits.max_tokens, temperature=self.limits.temperature)
        for event in backend.stream(fitted.messages, sampling=sampling, stop=self.stop):
            match event:
                case Queued() | Reading():
                    yield event
                case TextDelta(text=text):
                    if first_token_s is None:
                        first_token_s = self._elapsed()
                    raw.append(text)
                    if ready := citations.feed(text):
                        shown.append(ready)
                        yield events.Text(text=ready)
                case Completed():
                    completed = event
        if rest := citations.flush():
            shown.append(rest)
            yield events.Text(text=rest)
        assert completed is not None
        answer = "".join(shown).strip()
        return replace(
            written,
            answer=answer or written.answer,
            citations=self._cited(citations.cited, quotes),
            abstained=answer.lower().startswith("not in the documents"),
            stopped_by={"stop": None, "length": "length", "cancelled": "person"}[completed.reason],
            timings=replace(written.timings, first_token_s=first_token_s),
            tokens=events.Tokens(
                prompt=completed.prompt_tokens,
                reused=completed.reused_tokens,
                completion=completed.completion_tokens,
                per_second=completed.tokens_per_second,
            ),
            context=replace(
                written.context,
                prompt=self.prompt,
                exchanges=(
                    *fitted.kept,
                    Exchange(
                        user=fitted.messages[-1],
                        assistant=Message(role="assistant", content="".join(raw)),
                        numbers=fitted.numbers,
                    ),
                ),
            ),
        )

    def _cited(self, numbers: Sequence[int], quotes: Sequence[Quote]) -> tuple[Citation, ...]:
        passages = {source.n: source.passage for source in self._numbered}
        best = {quote.n: quote for quote in reversed(quotes)}
        return tuple(
            _citation(best[n])
            if n in best
            else Citation(n=n, document=passages[n].document, page=passages[n].page, quote=passages[n].text)
            for n in numbers
        )

    def _elapsed(self) -> float:
        return time.monotonic() - self._began


def _number(known: Sequence[Source], passages: Sequence[Passage]) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """All sources of the conversation with the new ones added, and those of `passages` in their order."""
    by_chunk = {source.passage.chunk_id: source for source in known}
    for passage in passages:
        by_chunk.setdefault(passage.chunk_id, Source(n=len(by_chunk) + 1, passage=passage))
    found = tuple(replace(by_chunk[passage.chunk_id], passage=passage) for passage in passages)
    return tuple(by_chunk.values()), found


def _citation(quote: Quote) -> Citation:
    return Citation(n=quote.n, document=quote.passage.document, page=quote.page, quote=quote.text)
