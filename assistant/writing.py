"""The answer that a model writes, on its way from the backend to the person.

A piece of text passes: output rails → unmasking → reasoning or answer → citations.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from threading import Event

from assistant import events
from assistant.abstaining import abstains, abstention
from assistant.citations import CitationFilter
from assistant.events import Citation, Context, Exchange, Finished, Quote, Source, Stopped, TurnEvent
from assistant.limits import Limits
from assistant.prompting import FittedPrompt, fit
from assistant.prompts import Prompt
from assistant.rails import Masking, Rails, Verdict
from assistant.reasoning import ReasoningFilter
from assistant.settings import Price
from assistant.steps import Steps
from assistant.support import Support
from models.backend import BackendError, ChatBackend, Completed, Message, Queued, Reading, Sampling, TextDelta


@dataclass(kw_only=True)
class Writing:
    """Asks a backend and follows its answer. Call `write` once."""

    backend: ChatBackend
    prompt: Prompt
    rails: Rails
    masking: Masking | None
    """Of personal data, for a backend on somebody else's machine."""
    support: Support
    limits: Limits
    price: Price | None
    steps: Steps
    stop: Event

    def write(
        self,
        question: str,
        *,
        context: Context,
        sources: Sequence[Source],
        quotes: Sequence[Quote],
        quoted: Finished,
    ) -> Generator[TurnEvent, None, Finished]:
        """Yield what happens; gives `quoted`, the answer without a model, with what the model has made of it.

        A model that fails leaves the quotes as they are; an answer that a rail stops is withdrawn.
        """
        info = self.backend.info
        written = replace(
            quoted,
            prompt=f"{self.prompt.name}@{self.prompt.version}",
            backend=info.backend,
            model=info.model,
            draft=not info.beats_quote,
        )
        try:
            fitted = fit(
                prompt=self.prompt,
                question=question,
                sources=sources,
                quotes=quotes,
                context=context,
                backend=self.backend,
                limits=self.limits,
            )
            text = _Text(self.prompt.answer_after, fitted.citable, self.masking)
            written = yield from self._stream(question, fitted, text, written)
        except BackendError as error:
            return replace(written, error=str(error))
        if written.stop_reason is not None:
            return written
        return self._judged(written, text, sources, quotes, context)

    def _stream(
        self, question: str, fitted: FittedPrompt, text: "_Text", written: Finished
    ) -> Generator[TurnEvent, None, Finished]:
        messages = [self._shown(message) for message in fitted.messages]
        sampling = Sampling(
            max_tokens=self.limits.max_tokens,
            temperature=self.limits.temperature,
            # What is first reasoned about does not begin with the answer.
            opening=None if self.prompt.answer_after or written.confidence is None else abstention(written.confidence),
        )
        began_s = self.steps.elapsed_s
        first_token_s: float | None = None
        completed: Completed | None = None
        verdict: Verdict | None = None
        stream = self.backend.stream(messages, sampling=sampling, stop=self.stop)
        for event in self.rails.stream(stream, question=question, system=self.prompt.system):
            match event:
                case Queued() | Reading():
                    yield event
                case TextDelta(text=piece):
                    first_token_s = first_token_s or self.steps.elapsed_s
                    yield from text.feed(piece)
                case Completed():
                    completed = event
                case Verdict():
                    verdict = event
        if verdict is None:
            yield from text.flush()
            with self.steps.step("rails on the answer", "guardrail") as details:
                verdict = self.rails.check_answer(text.whole, question=question, system=self.prompt.system)
                details |= {"action": verdict.action, "rail": verdict.rail}
        written = self._counted(written, completed, began_s, first_token_s)
        if verdict.stops:
            yield Stopped(rail=verdict.rail or "", reason=verdict.reason or "")
            return stopped(written, verdict)
        exchange = Exchange(
            user=fitted.messages[-1],
            assistant=Message(role="assistant", content=text.whole),
            numbers=fitted.numbers,
        )
        return replace(written, exchange=exchange, kept=len(fitted.kept))

    def _shown(self, message: Message) -> Message:
        """A message as the backend may see it."""
        return replace(message, content=self.masking.mask(message.content)) if self.masking else message

    def _counted(
        self, written: Finished, completed: Completed | None, began_s: float, first_token_s: float | None
    ) -> Finished:
        """With tokens, times and cost; a stream that a rail cut off has counted nothing."""
        tokens, stopped_by = events.Tokens(), None
        if completed is not None:
            stopped_by = {"stop": None, "length": "length", "cancelled": "person"}[completed.reason]
            tokens = events.Tokens(
                prompt=completed.prompt_tokens,
                reused=completed.reused_tokens,
                completion=completed.completion_tokens,
                per_second=completed.tokens_per_second,
                estimated=completed.estimated,
            )
        cost = self.price.of(tokens.prompt, tokens.completion) if self.price else None
        self.steps.add(
            "generation",
            "generation",
            began_s=began_s,
            ended_s=self.steps.elapsed_s,
            details={
                "backend": written.backend,
                "model": written.model,
                "lineage": self.backend.info.lineage,
                "served": completed.served if completed else None,
                "prompt": written.prompt,
                "parameters": {"max_tokens": self.limits.max_tokens, "temperature": self.limits.temperature},
                "tokens": {"input": tokens.prompt, "cached": tokens.reused, "output": tokens.completion},
                "cost": cost,
                "first_token_s": first_token_s,
            },
        )
        return replace(
            written,
            stopped_by=stopped_by,
            tokens=tokens,
            cost=cost,
            masked=self.masking.kinds if self.masking else (),
            timings=replace(written.timings, first_token_s=first_token_s),
        )

    def _judged(
        self,
        written: Finished,
        text: "_Text",
        sources: Sequence[Source],
        quotes: Sequence[Quote],
        context: Context,
    ) -> Finished:
        """With the answer, its citations, and the sentences that nothing supports."""
        answer = text.answer.strip()
        if not answer:
            return written
        known = {source.n: source for source in (*context.sources, *sources)}
        read = [known[n] for n in text.citable]
        with self.steps.step("support") as details:
            unsupported = self.support.unsupported(answer, read)
            details["unsupported"] = len(unsupported)
        return replace(
            written,
            answer=answer,
            citations=tuple(_cited(n, known, quotes) for n in text.cited),
            abstained=abstains(answer),
            unsupported=unsupported,
        )


def stopped(finished: Finished, verdict: Verdict) -> Finished:
    """The end of a turn that a rail has stopped."""
    reason = verdict.reason or ""
    return replace(finished, answer=reason, citations=(), stopped_by=verdict.rail, stop_reason=reason, draft=False)


class _Text:
    """What has come of an answer so far: its pieces made fit to be shown."""

    def __init__(self, answer_after: str | None, citable: Sequence[int], masking: Masking | None) -> None:
        self.citable = citable
        self._unmasking = masking.unmasking() if masking else None
        self._parts = ReasoningFilter(answer_after)
        self._citations = CitationFilter(citable)
        self._whole: list[str] = []
        self._answer: list[str] = []

    @property
    def whole(self) -> str:
        """As the model wrote it, with what was masked put back."""
        return "".join(self._whole)

    @property
    def answer(self) -> str:
        """What is shown as the answer."""
        return "".join(self._answer)

    @property
    def cited(self) -> Sequence[int]:
        """Numbers of the sources that the answer points at, in order of first use."""
        return self._citations.cited

    def feed(self, piece: str) -> Generator[TurnEvent, None, None]:
        """What the next piece lets be shown."""
        yield from self._show(self._unmasking.feed(piece) if self._unmasking else piece)

    def flush(self) -> Generator[TurnEvent, None, None]:
        """What was held back, at the end."""
        if self._unmasking:
            yield from self._show(self._unmasking.flush())
        _, answer = self._parts.flush()
        yield from self._answered(self._citations.feed(answer) + self._citations.flush())

    def _show(self, piece: str) -> Generator[TurnEvent, None, None]:
        self._whole.append(piece)
        reasoning, answer = self._parts.feed(piece)
        if reasoning:
            yield events.Reasoning(text=reasoning)
        yield from self._answered(self._citations.feed(answer))

    def _answered(self, text: str) -> Generator[TurnEvent, None, None]:
        if text:
            self._answer.append(text)
            yield events.Text(text=text)


def citation(quote: Quote) -> Citation:
    """A quote as the place that an answer rests on."""
    return Citation(n=quote.n, document=quote.passage.document, page=quote.page, quote=quote.text)


def _cited(n: int, sources: dict[int, Source], quotes: Sequence[Quote]) -> Citation:
    best = next((quote for quote in quotes if quote.n == n), None)
    if best is not None:
        return citation(best)
    passage = sources[n].passage
    return Citation(n=n, document=passage.document, page=passage.page, quote=passage.text)
