"""Asks rows: each through the one iterator of a turn, and keeps what came back."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from assistant import events
from assistant.conversations import Choices
from assistant.data_sets.rows import Row
from assistant.evaluation.answers import semantic_similarity
from assistant.evaluation.measuring import bare_answer
from assistant.evaluation.results import Result, hits_of, said, stages_of
from assistant.events import Context, Finished, Quote, Source, Span, TurnEvent
from assistant.searching import Searching
from assistant.support import Judgement
from ingest.catalogue import Passage

RANKED = 10
"""Passages kept of each row: what the deepest measure looks at."""


class Asks(Protocol):
    """Who answers: the desk."""

    def __call__(
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
        """The events of a turn."""
        ...


class Cancelled(Exception):
    """It was asked to stop, and this row has no answer yet."""


@dataclass(frozen=True, kw_only=True)
class Evaluator:
    """Asks rows. Thread-safe where who answers is."""

    ask: Asks
    searching: Callable[[], Searching]
    """Of the embedding model in use."""

    def answer(self, row: Row, choices: Choices, *, stop: threading.Event) -> Result:
        """What comes back for a row, with what only a model can say of it.

        Raises:
            Cancelled: `stop` was set before the answer was whole.
            UnknownPrompt, UnknownCollection, BackendError, ModelFileError: it cannot be asked.
        """
        searched = row.question
        sources: tuple[Source, ...] = ()
        others: tuple[Passage, ...] = ()
        quotes: tuple[Quote, ...] = ()
        finished: Finished | None = None
        for event in self._turn(row, choices, stop):
            match event:
                case events.Rewritten(query=query):
                    searched = query
                case events.Found():
                    sources, others = event.sources, event.others
                case events.Quoted():
                    quotes = event.quotes
                case Finished():
                    finished = event
        if finished is None or stop.is_set():
            raise Cancelled
        kept = Result(
            searched=searched,
            passages=hits_of(sources, others),
            answer=finished.answer,
            abstained=finished.abstained,
            confidence=finished.confidence,
            quotes=tuple(map(said, quotes)),
            citations=finished.citations,
            stopped_by=finished.stopped_by,
            stop_reason=finished.stop_reason,
            error=finished.error,
            backend=finished.backend,
            model=finished.model,
            prompt=finished.prompt,
            timings=finished.timings,
            stages=stages_of(finished),
            tokens=finished.tokens,
            cost=finished.cost,
        )
        return self._judged(kept, row, sources)

    def search(self, row: Row, choices: Choices, *, stop: threading.Event) -> Result:
        """The passages for a row alone: its turn is left when they are there.

        Raises:
            Cancelled: `stop` was set.
            UnknownCollection: it cannot be asked.
        """
        searched = row.question
        turn = self._turn(row, choices, stop)
        for event in turn:
            match event:
                case events.Rewritten(query=query):
                    searched = query
                case events.Found():
                    return Result(
                        searched=searched,
                        passages=hits_of(event.sources, event.others),
                        timings=events.Timings(
                            retrieve_s=event.seconds, quote_s=0, first_token_s=None, total_s=event.seconds
                        ),
                    )
                case events.Stopped():
                    return Result(searched=searched, passages=(), stopped_by=event.rail, stop_reason=event.reason)
        raise Cancelled

    def _turn(self, row: Row, choices: Choices, stop: threading.Event) -> Iterator[TurnEvent]:
        if stop.is_set():
            raise Cancelled
        context = Context.of([{"role": message.role, "content": message.content} for message in row.history])
        return self.ask(row.question, choices=choices, context=context, stop=stop, ranked=RANKED, row=row)

    def _judged(self, result: Result, row: Row, sources: Sequence[Source]) -> Result:
        answer = bare_answer(result)
        if not answer:
            return result
        similarity = semantic_similarity(answer, row.answers, self.searching().embedder) if row.answers else None
        return replace(result, judgements=tuple(self._judgements(result, sources)), similarity=similarity)

    def _judgements(self, result: Result, sources: Sequence[Source]) -> Iterator[Judgement]:
        """Of each sentence of the answer.

        Quotes stand beside each other: they are not one text, and each of their sentences is of the passage that the
        quote is of.
        """
        pieces = [f"{quote.text} [{quote.n}]" for quote in result.quotes]
        if result.answer != " ".join(pieces):
            yield from self.searching().support.judge(result.answer or "", sources)
            return
        begin = 0
        for piece, quote in zip(pieces, result.quotes, strict=True):
            for judged in self.searching().support.judge(piece, sources):
                span = Span(start=begin + judged.span.start, end=begin + judged.span.end)
                yield replace(judged, span=span, cited=(quote.n,))
            begin += len(piece) + 1
