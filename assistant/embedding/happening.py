"""What is told of the work on embedding models: how far it is, what there is, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assistant.embedding.gate import Verdict
from ingest.reindexing import ReindexProgress
from models.embedding_folder import EmbeddingCard
from models.training import FitProgress, Fitted


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the work on an embedding model has come."""

    stage: str
    """mining, fitting, checking, averaging, embedding or comparing."""
    done: int
    total: int
    rate: float = 0.0
    """Pairs, passages or searches a second."""
    eta_s: float | None = None
    """Seconds until the end of the stage."""
    loss: float | None = None
    """While it is fitted."""


Report = Callable[[Progress], None]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A line in the list of embedding models."""

    card: EmbeddingCard
    is_used: bool
    is_before: bool
    """Whether `EmbeddingModels.rollback` goes back to it."""
    vectors: int
    """Passages that it has a vector of."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a model."""

    name: str
    used: bool
    """Whether search uses it now."""
    says: str
    """In a sentence."""
    fitted: Fitted | None = None
    verdict: Verdict | None = None

    def as_json(self) -> dict[str, Any]:
        """For scripts and for the job's result."""
        return {
            "name": self.name,
            "used": self.used,
            "says": self.says,
            "fitted": vars(self.fitted) if self.fitted else None,
            "verdict": self.verdict.as_json() if self.verdict else None,
        }


def of_fitting(event: FitProgress) -> Progress:
    """In the words of the whole work."""
    return Progress(
        stage=event.stage, done=event.step, total=event.total, rate=event.rate, eta_s=event.eta_s, loss=event.loss
    )


def of_reindexing(event: ReindexProgress) -> Progress:
    """In the words of the whole work."""
    return Progress(stage="embedding", done=event.done, total=event.total, rate=event.rate, eta_s=event.eta_s)
