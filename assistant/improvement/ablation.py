"""Whether a teacher was worth it: what was learnt with it against what the same rows teach without it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from assistant.data_sets.rows import Row
from assistant.evaluation.statistics import compare
from assistant.improvement.progress import Progress, Tell
from assistant.improvement.quantisations import f1_of
from models.backend import Message
from models.weighing import answers_of


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """Answers' F1 of the two on the same held-out rows."""

    rows: int
    """That have an answer."""
    plain: float
    """Mean F1 of what learnt the approved answers alone."""
    taught: float
    low: float
    """Of the difference's 95 % interval."""
    high: float

    @property
    def kind(self) -> Literal["distilled", "fine-tuned"]:
        """What the card may say: that it was distilled only where the teacher surely made it better."""
        return "distilled" if self.low > 0 else "fine-tuned"

    @property
    def says(self) -> str:
        """In a sentence."""
        figures = (
            f"F1 {self.plain:.2f} → {self.taught:.2f}, {self.taught - self.plain:+.2f} [{self.low:+.2f},"
            f" {self.high:+.2f}] on {self.rows} rows"
        )
        if self.kind == "distilled":
            return f"It answers better than what was made without the teacher ({figures})."
        return f"The teacher is not shown to have made it better than the approved answers alone do ({figures})."

    def to_json(self) -> dict[str, Any]:
        """For the card."""
        return asdict(self) | {"says": self.says}


def ablate(
    taught: Path,
    plain: Path,
    asked: Sequence[tuple[Row, Sequence[Message]]],
    *,
    max_tokens: int,
    tell: Tell,
) -> Ablation:
    """Have both files answer the rows by their messages.

    Raises:
        TuningError: one of them cannot be asked.
    """
    found: list[dict[str, float]] = []
    for file, stage in ((taught, "asking what was taught"), (plain, "asking what was made without the teacher")):

        def show(done: int, stage: str = stage) -> None:
            tell(Progress(stage=stage, done=done, total=len(asked)))

        answers = answers_of(file, [messages for _, messages in asked], max_tokens=max_tokens, progress=show)
        pairs = zip(asked, answers, strict=True)
        found.append({row.id: f1_of(answer, row) for (row, _), answer in pairs if row.answers})
    with_it, without = found
    difference = compare(without, with_it).difference
    return Ablation(
        rows=len(with_it),
        plain=sum(without.values()) / max(1, len(without)),
        taught=sum(with_it.values()) / max(1, len(with_it)),
        low=difference.low,
        high=difference.high,
    )
