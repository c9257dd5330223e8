"""What a turn says while it goes on: small typed events, the same for page, command line and tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ingest.catalogue import Passage
from models.backend import Message, Queued, Reading


@dataclass(frozen=True, kw_only=True)
class Source:
    """A passage with the number it is cited by; a number means the same passage in a whole conversation."""

    n: int
    passage: Passage


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A sentence of a passage that speaks to the question, or several that follow each other there."""

    n: int
    """The source's number."""
    passage: Passage
    text: str
    """As people read it: without markup."""
    start: int
    end: int
    """Half-open span in the document's text."""
    score: float
    """How well it supports an answer: 0 not at all, 1 fully."""
    sentence: str = ""
    """The one that supports it best, of several; empty where the text is one."""
    header: str = ""
    """Of a table's row: the names of its columns, where the table has them."""

    @property
    def page(self) -> int | None:
        """The page that it stands on."""
        return self.passage.page_at(self.start)


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A place that the answer rests on."""

    n: int
    document: str
    page: int | None
    quote: str


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A question and its answer as the model has read and written them."""

    user: Message
    assistant: Message
    numbers: tuple[int, ...]
    """Sources whose text stands in the question's message."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a conversation carries from turn to turn."""

    questions: tuple[str, ...] = ()
    """As asked, oldest first."""
    answers: tuple[str, ...] = ()
    """Of the questions, in their order; empty for one that was not answered."""
    sources: tuple[Source, ...] = ()
    """Every passage numbered so far."""
    exchanges: tuple[Exchange, ...] = ()
    """What the model still remembers: sent again unchanged, so that it is not computed again."""
    prompt: str | None = None
    """The prompt that the exchanges were made with."""

    @classmethod
    def of(cls, history: Iterable[Mapping[str, Any]]) -> "Context":
        """Of a conversation told by its wording alone: "role" (user or assistant) and "content" of each part."""
        questions: list[str] = []
        answers: list[str] = []
        for said in history:
            if said.get("role") == "user":
                questions.append(str(said["content"]))
                answers.append("")
            elif said.get("role") == "assistant" and answers:
                answers[-1] = str(said["content"])
        return cls(questions=tuple(questions), answers=tuple(answers))

    def after(self, question: str, sources: Sequence[Source], finished: "Finished") -> "Context":
        """What the next turn is asked with, when this one had `sources` and ended with `finished`."""
        known = {source.n: source for source in (*self.sources, *sources)}
        exchanges, prompt = self.exchanges, self.prompt
        if finished.exchange is not None:
            kept = exchanges[len(exchanges) - finished.kept :]
            exchanges, prompt = (*kept, finished.exchange), finished.prompt.partition("@")[0]
        return Context(
            questions=(*self.questions, question),
            answers=(*self.answers, "" if finished.abstained else finished.answer),
            sources=tuple(known[n] for n in sorted(known)),
            exchanges=exchanges,
            prompt=prompt,
        )


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """What is searched for; differs from the question where that leans on earlier ones."""

    query: str
    by: str | None = None
    """The model that wrote it; None where rules did."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The passages, best first."""

    sources: tuple[Source, ...]
    seconds: float
    others: tuple[Passage, ...] = ()
    """Ranked behind them, where more are to be seen than the answer rests on."""


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """The best-supported sentences, best first; empty when the documents do not answer."""

    quotes: tuple[Quote, ...]
    abstained: bool
    seconds: float
    doubtful: bool = False
    """Quoted all the same, though the documents may not answer."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of a long document is summarised, before all are together."""

    done: int
    """Sections before it."""
    total: int


@dataclass(frozen=True, kw_only=True)
class Text:
    """The next piece of the model's answer, its citations checked."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Reasoning:
    """The next piece of what the model writes before its answer, where the prompt asks for reasons first."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """A rail has ended the turn; what a model had written is withdrawn."""

    rail: str
    reason: str
    """One sentence for the person who asked."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """A half-open stretch of the answer, in characters."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """A part of a turn's work, as traces show it; times in seconds from the question."""

    name: str
    kind: Literal["span", "embedding", "retriever", "guardrail", "generation"]
    began_s: float
    ended_s: float
    details: Mapping[str, Any] = field(default_factory=dict)
    """What was decided or counted; JSON."""


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Seconds from the question."""

    retrieve_s: float
    quote_s: float
    """Until the quoted sentences were there."""
    first_token_s: float | None
    """Until the model's first token; None where no model was asked."""
    total_s: float


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Tokens of the model's turn; all 0 where no model was asked."""

    prompt: int = 0
    reused: int = 0
    completion: int = 0
    per_second: float | None = None
    estimated: bool = False
    """Where a server did not count them."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The last event of a turn."""

    answer: str
    citations: tuple[Citation, ...]
    abstained: bool
    confidence: float | None = None
    """Probability that the documents answer the question: 0 to 1; None where they were not searched."""
    stopped_by: str | None
    """None, or who ended the turn early: "person", "length" or a rail."""
    stop_reason: str | None = None
    """One sentence, when a rail ended the turn."""
    error: str | None
    """One sentence, when the model failed; the quotes stand all the same."""
    draft: bool
    """Written by a model that has not been shown to beat the quotes."""
    unsupported: tuple[Span, ...] = ()
    """Sentences of the model's answer that no passage supports."""
    masked: tuple[str, ...] = ()
    """Kinds of personal data that a hosted backend was not shown, as people call them."""
    backend: str | None
    model: str | None
    prompt: str
    """Its name, and its version after an “@” where a model was asked."""
    timings: Timings
    tokens: Tokens
    cost: float | None = None
    """In the currency of the price table; None where nothing is paid or no price is known."""
    trace_id: str
    """32 hexadecimal digits."""
    exchange: Exchange | None = None
    """What the model has read and written in this turn."""
    kept: int = 0
    """How many of the earlier exchanges it read again; those before them are forgotten."""
    steps: tuple[Step, ...] = ()


TurnEvent = Rewritten | Found | Quoted | Section | Queued | Reading | Reasoning | Text | Stopped | Finished
"""`Queued` and `Reading` are the backend's own."""
