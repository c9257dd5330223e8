"""What came back for a row: enough to compute every figure anew, without the documents and without a model."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from assistant.evaluation.ranking import Ranked
from assistant.events import Citation, Finished, Quote, Source, Timings, Tokens
from assistant.support import Judgement
from ingest.catalogue import Passage


@dataclass(frozen=True, kw_only=True)
class Hit(Ranked):
    """A passage of the ranking, as it was found."""

    score: float
    n: int | None = None
    """The number that the answer could cite it by; None for those that the answer does not rest on."""
    heading: str = ""
    """What stands above it, the highest first, " > " between."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """A quote, as it was shown."""

    n: int
    document: str
    page: int | None
    text: str
    sentence: str
    """The one that supports an answer best."""
    header: str
    """Of a table's row: the names of its columns."""
    score: float


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What a judge thinks of the answer in one respect."""

    rubric: str
    """Its name, and its version after an “@”."""
    model: str
    score: float | None
    """1 (worst) to 5; None: the judge gave no judgement that can be read."""
    reason: str
    key: str = ""
    """The same for the same words asked of the same judge; empty where it could not be asked."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came back for a row."""

    searched: str
    """What was searched for."""
    passages: tuple[Hit, ...]
    """Best first."""
    answer: str | None = None
    """None where nothing but the passages was asked for."""
    abstained: bool = False
    confidence: float | None = None
    """Probability that the documents answer, as the turn had it."""
    quotes: tuple[Said, ...] = ()
    citations: tuple[Citation, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    """What the passages say about each sentence of the answer."""
    similarity: float | None = None
    """Cosine of the answer and the nearest expected one; None where none is expected or nothing was answered."""
    stopped_by: str | None = None
    stop_reason: str | None = None
    error: str | None = None
    """Why the model failed; the answer is the quotes then."""
    backend: str | None = None
    model: str | None = None
    prompt: str | None = None
    timings: Timings | None = None
    stages: Mapping[str, float] = field(default_factory=dict)
    """Seconds by the name of the turn's step."""
    tokens: Tokens = field(default_factory=Tokens)
    cost: float | None = None
    opinions: tuple[Opinion, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the catalogue and a file keep it."""
        document: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Result":
        """What `to_json` made.

        Raises:
            ValueError: it is none.
        """
        return _adapter().validate_python(document)

    def cited(self) -> list[Hit]:
        """The passages that the answer cites, each with the words that are cited."""
        by_number = {hit.n: hit for hit in self.passages if hit.n is not None}
        return [by_number[citation.n] for citation in self.citations if citation.n in by_number]


def hits_of(sources: Sequence[Source], others: Sequence[Passage]) -> tuple[Hit, ...]:
    """A turn's passages as a result keeps them: those that the answer rests on, then those behind them."""
    return (
        *(_hit(source.passage, source.n) for source in sources),
        *(_hit(passage, None) for passage in others),
    )


def said(quote: Quote) -> Said:
    """A turn's quote as a result keeps it."""
    return Said(
        n=quote.n,
        document=quote.passage.document,
        page=quote.page,
        text=quote.text,
        sentence=quote.sentence or quote.text,
        header=quote.header,
        score=round(quote.score, 6),
    )


def stages_of(finished: Finished) -> dict[str, float]:
    """Seconds that each kind of step took, all of its name together."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for step in finished.steps:
        seconds[step.name] += step.ended_s - step.began_s
    return {name: round(taken, 6) for name, taken in seconds.items()}


def _hit(passage: Passage, n: int | None) -> Hit:
    page, last = passage.page, passage.page_at(max(passage.start, passage.end - 1))
    return Hit(
        document=passage.document,
        text=passage.text,
        page=page,
        last_page=last if last != page else None,
        score=round(passage.score, 6),
        n=n,
        heading=" > ".join(passage.headings),
    )


@cache
def _adapter() -> TypeAdapter[Result]:
    return TypeAdapter(Result)
