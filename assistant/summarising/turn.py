"""The way from a document to its summary: a turn like that of a question, as an iterator of the same events."""

import uuid
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Event

from assistant import events
from assistant.events import Citation, Context, Finished, Quote, Section, Source, Stopped, Text, TurnEvent
from assistant.limits import Limits
from assistant.prompts import QUOTE, Prompt
from assistant.rails import Rails
from assistant.settings import Price
from assistant.steps import Steps
from assistant.summarising.extractor import Extractor
from assistant.summarising.instruction import instruction, sentences_of
from assistant.summarising.sections import sections_of
from assistant.summarising.sourced import sentences_with_sources, written
from assistant.support import Support
from assistant.writing import Writing, citation, stopped
from ingest.catalogue import Passage
from models.backend import BackendError, ChatBackend, Message

NOTHING = "There is nothing to summarise here: no sentence that could stand alone."
OF_A_SECTION = 2
"""Sentences that a section is brought to before all are put together."""
_TOKENS_A_SENTENCE = 45


@dataclass(kw_only=True)
class SummaryTurn:
    """One document, or a part of it, on its way to its summary. Iterate it once; the last event is `Finished`.

    The best sentences come first. A model, where there is one, reads section by section what does not go into one, and
    then what it made of them; each of its sentences is given the source that bears it out.
    """

    question: str
    """The words that ask for it; see `assistant.summarising.instruction`."""
    passages: Sequence[Passage]
    """In the document's order."""
    extractor: Extractor
    rails: Rails
    support: Support
    backend: ChatBackend | None
    """None leaves it at the best sentences."""
    prompt: Prompt
    limits: Limits = field(default_factory=Limits)
    price: Price | None = None
    stop: Event = field(default_factory=Event)
    trace_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __iter__(self) -> Iterator[TurnEvent]:
        self._steps = Steps()
        self._masking = self.rails.masking() if self.backend is not None and not self.backend.info.is_here else None
        self._numbers: dict[int, Source] = {}
        finished = yield from self._summarised()
        timings = replace(finished.timings, total_s=self._steps.elapsed_s)
        yield replace(finished, timings=timings, steps=self._steps.taken)

    def _summarised(self) -> Generator[TurnEvent, None, Finished]:
        sentences = sentences_of(self.question)
        read = numbered(self.passages)
        with self._steps.step("rails on the question", "guardrail") as details:
            verdict = self.rails.check_question(self.question)
            details |= {"action": verdict.action, "rail": verdict.rail}
        if verdict.stops and self.backend is not None:  # without a model there is nobody to be led astray
            yield Stopped(rail=verdict.rail or "", reason=verdict.reason or "")
            return stopped(self._extracted(()), verdict)
        with self._steps.step("quote") as details:
            found = self.extractor.extract(read, sentences, allows=self._allows)
            quotes = tuple(replace(quote, n=self._number(quote.passage).n) for quote in found)
            details |= {"quotes": [quote.n for quote in quotes], "passages": len(read)}
        yield events.Found(sources=self._sources, seconds=self._steps.elapsed_s)
        yield events.Quoted(quotes=quotes, abstained=not quotes, seconds=self._steps.elapsed_s)
        extracted = self._extracted(quotes)
        if self.backend is None or not quotes:
            return extracted
        try:
            return (yield from self._written(self.backend, read, sentences, extracted))
        except BackendError as error:
            return replace(extracted, error=str(error))

    def _written(
        self, backend: ChatBackend, read: Sequence[Source], sentences: int, extracted: Finished
    ) -> Generator[TurnEvent, None, Finished]:
        total = extracted
        pieces: Sequence[Source] = read
        while len(sections := cut(pieces, backend, self.prompt, self.question, self.limits)) > 1:
            short: list[Source] = []
            for at, section in enumerate(sections):
                yield Section(done=at, total=len(sections))
                asked = instruction(section[0].passage.document, OF_A_SECTION)
                finished = yield from self._silently(self._write(backend, asked, OF_A_SECTION, section, extracted))
                total = _added_up(total, finished)
                if finished.stopped_by == "person":  # what a section came to is no summary of the whole
                    return replace(extracted, stopped_by="person", tokens=total.tokens, cost=total.cost)
                if finished.stop_reason or finished.error:
                    return replace(finished, tokens=total.tokens, cost=total.cost)
                short.append(Source(n=at + 1, passage=self._shortened(section, finished)))
            pieces = short
        finished = yield from self._write(backend, self.question, sentences, pieces, extracted)
        total = _added_up(total, finished)
        finished = replace(finished, tokens=total.tokens, cost=total.cost)
        if finished.stop_reason or finished.error or finished.answer == extracted.answer:
            return finished
        return (yield from self._sourced(finished, read, sentences))

    def _write(
        self, backend: ChatBackend, asked: str, sentences: int, section: Sequence[Source], extracted: Finished
    ) -> Generator[TurnEvent, None, Finished]:
        """What the model makes of one section."""
        writing = Writing(
            backend=backend,
            prompt=self.prompt,
            rails=self.rails,
            masking=self._masking,
            support=self.support,
            limits=reading_all(self.limits, section, sentences),
            price=self.price,
            steps=self._steps,
            stop=self.stop,
        )
        return (yield from writing.write(asked, context=Context(), sources=section, quotes=(), quoted=extracted))

    @staticmethod
    def _silently(writing: Generator[TurnEvent, None, Finished]) -> Generator[TurnEvent, None, Finished]:
        """Without the text, which is not yet the summary."""
        while True:
            try:
                event = next(writing)
            except StopIteration as end:
                finished: Finished = end.value
                return finished
            if not isinstance(event, Text | events.Reasoning):
                yield event

    def _shortened(self, section: Sequence[Source], finished: Finished) -> Passage:
        """A section as the model has brought it down; what nothing in it bears out is left to its best sentences."""
        said = sentences_with_sources(finished.answer, section, self.support)
        held = [sentence.text for sentence in said if sentence.source is not None]
        if not held:
            held = [quote.text for quote in self.extractor.extract(section, OF_A_SECTION, allows=self._allows)]
        first = section[0].passage
        return replace(first, text=" ".join(held) or first.text, header=None)

    def _sourced(self, finished: Finished, read: Sequence[Source], most: int) -> Generator[TurnEvent, None, Finished]:
        """No longer than was asked for, and without the half sentence that a limit leaves."""
        with self._steps.step("sources") as details:
            said = sentences_with_sources(finished.answer, read, self.support)
            if finished.stopped_by == "length" and len(said) > 1:
                del said[-1]
            sentences = [
                replace(one, source=self._number(one.source.passage) if one.source else None) for one in said[:most]
            ]
            shown = written(sentences)
            details["unsupported"] = len(shown.unsupported)
        yield events.Found(sources=self._sources, seconds=self._steps.elapsed_s)
        known = {source.n: source for source in self._sources}
        return replace(
            finished,
            answer=shown.text or finished.answer,  # “not in the documents” claims nothing
            citations=tuple(_cited(known[n]) for n in shown.cited),
            unsupported=shown.unsupported,
            exchange=None,
        )

    def _allows(self, text: str) -> bool:
        """What is an order to whoever reads it is no summary of anything."""
        return not self.rails.check_question(text).stops

    def _number(self, passage: Passage) -> Source:
        """The passage with the number that it has in this summary: by first use."""
        source = Source(n=len(self._numbers) + 1, passage=passage)
        return self._numbers.setdefault(passage.chunk_id, source)

    @property
    def _sources(self) -> tuple[Source, ...]:
        return tuple(self._numbers.values())

    def _extracted(self, quotes: Sequence[Quote]) -> Finished:
        """The summary that the best sentences are."""
        return Finished(
            answer=" ".join(f"{quote.text} [{quote.n}]" for quote in quotes) or NOTHING,
            citations=tuple(citation(quote) for quote in quotes),
            abstained=not quotes,
            stopped_by=None,
            error=None,
            draft=False,
            backend=None,
            model=None,
            prompt=QUOTE,
            timings=events.Timings(retrieve_s=0, quote_s=self._steps.elapsed_s, first_token_s=None, total_s=0),
            tokens=events.Tokens(),
            trace_id=self.trace_id,
        )


def cut(
    pieces: Sequence[Source], backend: ChatBackend, prompt: Prompt, question: str, limits: Limits
) -> list[list[Source]]:
    """The sections that a model reads one after the other; one, where all goes into one."""
    asked = [*prompt.opening, Message(role="user", content=prompt.ask(question, ()))]
    most = reading_all(limits, (), sentences_of(question)).max_tokens
    return sections_of(pieces, backend, asked=asked, answer_tokens=most)


def reading_all(limits: Limits, section: Sequence[Source], sentences: int) -> Limits:
    """All of a section is read, and as many sentences have room."""
    longest = max((len(source.passage.text) for source in section), default=0)
    return replace(
        limits,
        model_passages=len(section),
        excerpt_chars=longest,
        max_tokens=_TOKENS_A_SENTENCE * (sentences + 1),
    )


def numbered(passages: Sequence[Passage]) -> list[Source]:
    """Passages as sources, in their order."""
    numbers = count(1)
    return [Source(n=next(numbers), passage=passage) for passage in passages]


def _cited(source: Source) -> Citation:
    passage = source.passage
    return Citation(n=source.n, document=passage.document, page=passage.page, quote=passage.text)


def _added_up(total: Finished, more: Finished) -> Finished:
    """Tokens and cost of all that the model was asked so far."""
    tokens = replace(
        more.tokens,
        prompt=total.tokens.prompt + more.tokens.prompt,
        reused=total.tokens.reused + more.tokens.reused,
        completion=total.tokens.completion + more.tokens.completion,
    )
    cost = None if more.cost is None else (total.cost or 0.0) + more.cost
    return replace(total, tokens=tokens, cost=cost)
