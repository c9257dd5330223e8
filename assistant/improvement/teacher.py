"""The teacher: a backend writes answers to training questions, given what the student will not have.

It reads the passage that answers alone, several times; what does not hold is thrown away. A sample is kept when it
answers, cites, is short, is borne out by the passage, and says what people approved or what the other samples say.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.backends import Backends
from assistant.citations import without_citations
from assistant.conversations import Choices
from assistant.data_sets.rows import Row
from assistant.evaluation.answers import token_f1
from assistant.evaluation.evaluator import Asks
from assistant.evaluation.measuring import gives_gold
from assistant.events import Finished
from assistant.improvement.errors import ImprovementError
from assistant.improvement.progress import Progress, Tell
from ingest.catalogue import Passage

_TEMPERATURE = 0.7
"""Of the samples after the first, which is the likeliest answer."""
_MOST_WORDS = 60
_AGREES = 0.5
"""F1 of words with what was approved, or on average with the other samples."""
_CHARS_A_TOKEN = 4
_PROMPT_TOKENS, _ANSWER_TOKENS = 90, 40
"""Of a question beside its passage, and of an answer: for the estimate."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What teaching will cost, before it is begun."""

    calls: int
    tokens: int
    """Read and written."""
    cost: float | None
    """In the currency of the price table; None where nothing is paid or the price is not known."""

    @property
    def says(self) -> str:
        """In a sentence."""
        paid = "" if self.cost is None else f", about {self.cost:.2f}"
        return f"The teacher will be asked {self.calls:,} times: some {self.tokens:,} tokens{paid}."


@dataclass(kw_only=True)
class Taught:
    """What a teacher wrote, and what it took."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    """Kept, the best first, by the row's id."""
    asked: int = 0
    """Samples."""
    kept: int = 0
    tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    thrown: dict[str, int] = field(default_factory=dict)
    """Samples that were thrown away, by reason."""


@dataclass(frozen=True, kw_only=True)
class Teacher:
    """A backend that writes what a student is to learn. Thread-safe where that is."""

    ask: Asks
    backends: Backends
    choices: Choices
    samples: int = 4
    """A question."""

    def estimate(self, golds: Mapping[str, Passage]) -> Estimate:
        """What it will cost to have these rows' passages read.

        Raises:
            BackendError, ModelFileError: there is no such backend or model.
        """
        backend = self.backends.get(self.choices.backend, self.choices.model)
        read = sum(len(gold.text) // _CHARS_A_TOKEN + _PROMPT_TOKENS for gold in golds.values()) * self.samples
        written = _ANSWER_TOKENS * len(golds) * self.samples
        price = self.backends.price(backend)
        return Estimate(
            calls=len(golds) * self.samples, tokens=read + written, cost=price.of(read, written) if price else None
        )

    def teach(
        self, rows: Sequence[Row], golds: Mapping[str, Passage], *, tell: Tell, is_stopped: Callable[[], bool]
    ) -> Taught:
        """Answers to the rows of whom `golds` has the passage.

        Raises:
            ImprovementError: it was stopped.
            BackendError, ModelFileError, UnknownPrompt: it cannot be asked.
        """
        taught = Taught()
        known = [row for row in rows if row.id in golds]
        for at, row in enumerate(known):
            samples: list[str] = []
            for sample in range(self.samples):
                if is_stopped():
                    raise ImprovementError("The teaching was cancelled; run it again to begin anew.")
                finished = self._sample(row, golds[row.id], 0.0 if sample == 0 else _TEMPERATURE)
                taught.asked += 1
                taught.tokens += finished.tokens.prompt + finished.tokens.completion
                taught.cost += finished.cost or 0.0
                taught.seconds += finished.timings.total_s
                reason = _fault(finished)
                if reason is None:
                    samples.append(_bare(finished.answer))
                else:
                    taught.thrown[reason] = taught.thrown.get(reason, 0) + 1
            kept = agreed(samples, row.answers)
            if len(kept) < len(samples):
                reason = "says something else"
                taught.thrown[reason] = taught.thrown.get(reason, 0) + len(samples) - len(kept)
            if distinct := list(dict.fromkeys(kept)):
                taught.answers[row.id] = distinct[:2]
                taught.kept += len(kept)
            tell(Progress(stage="teaching", done=at + 1, total=len(known)))
        return taught

    def _sample(self, row: Row, gold: Passage, temperature: float) -> Finished:
        turn = self.ask(row.question, choices=self.choices, given=[gold], temperature=temperature, row=row)
        return next(event for event in turn if isinstance(event, Finished))


def agreed(samples: Sequence[str], golds: Sequence[str]) -> list[str]:
    """Those that say what was approved or, where nothing was, what the others say; the nearest first.

    One sample alone agrees with nobody.
    """
    if golds:
        near = {sample: max(token_f1(sample, golds), gives_gold(sample, golds)) for sample in samples}
    else:
        near = {
            sample: _mean([token_f1(sample, [other]) for place, other in enumerate(samples) if place != at])
            for at, sample in enumerate(samples)
        }
    return sorted((sample for sample in samples if near[sample] >= _AGREES), key=lambda sample: -near[sample])


def _fault(finished: Finished) -> str | None:
    """Why a sample is not kept."""
    if finished.stop_reason is not None or finished.error is not None or finished.model is None:
        return "failed or stopped"
    if finished.abstained:
        return "abstains"
    if not finished.citations:
        return "cites nothing"
    if len(finished.answer.split()) > _MOST_WORDS:
        return "too long"
    if finished.unsupported:
        return "not borne out"
    return None


def _bare(answer: str) -> str:
    """Without citations: their numbers are those of the passage alone."""
    return without_citations(answer)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
