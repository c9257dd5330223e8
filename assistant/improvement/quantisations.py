"""The quantisations of one training side by side: size, speed, likeness to what they were made from, and answers."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import Any

from assistant.abstaining import abstains
from assistant.citations import without_citations
from assistant.data_sets.rows import Row
from assistant.evaluation.answers import token_f1
from assistant.improvement.errors import ImprovementError
from assistant.improvement.progress import Progress, Tell
from models.backend import Message
from models.tuning import KINDS
from models.tuning.errors import writing
from models.tuning.quantising import Kind
from models.weighing import weigh

WHOLE = "F16"
"""What the others are made of, and held against."""
TABLE = "quantisations.json"

_KEPT = 0.98
"""Share of the whole model's F1 that a quantisation must keep."""
_DECIDES_MARGIN = 0.02
"""By how much it may decide worse what can be answered."""


@dataclass(frozen=True, kw_only=True)
class Quantised:
    """One of them."""

    kind: str
    bytes: int
    read_rate: float
    """Tokens of a prompt a second."""
    write_rate: float
    """Tokens of an answer a second."""
    top_1: float
    """Share of places at which it holds the same token as F16 for the likeliest."""
    kl: float
    """Mean Kullback-Leibler divergence of its guesses from F16's, in nats."""
    answer_f1: float
    """Mean over the rows that have an answer."""
    decision_accuracy: float
    """Share of the rows that it rightly answers, or rightly does not."""


@dataclass(frozen=True, kw_only=True)
class Quantisations:
    """All of them, from the most faithful to the smallest."""

    rows: int
    """That each was asked, with the prompts of a turn."""
    kinds: tuple[Quantised, ...]

    @property
    def recommended(self) -> Quantised:
        """The smallest that keeps 98 % of F16's F1 and decides as well; F16 where none does."""
        whole = self.kinds[0]
        return min((one for one in self.kinds if one is whole or _keeps(one, whole)), key=lambda one: one.bytes)

    @property
    def says(self) -> str:
        """The recommendation, in a sentence or two."""
        whole, best = self.kinds[0], self.recommended
        if not whole.answer_f1:
            return f"{WHOLE} answers none of the {self.rows} rows, so that nothing can be said of the others."
        if best is whole:
            return f"Take {WHOLE}: none of the others keeps {_KEPT:.0%} of its F1 on {self.rows} rows."
        says = (
            f"Take {best.kind}: at {best.bytes / 2**20:.0f} MB it keeps {best.answer_f1 / whole.answer_f1:.0%} of"
            f" {WHOLE}'s F1 on {self.rows} rows and is the smallest that keeps {_KEPT:.0%}."
        )
        smaller = [one for one in self.kinds if one.bytes < best.bytes]
        lost = ", ".join(f"{one.kind} {one.answer_f1 / whole.answer_f1:.0%}" for one in smaller)
        return f"{says} The smaller ones keep less, or decide worse what can be answered: {lost}." if lost else says

    def to_json(self) -> dict[str, Any]:
        """As it is kept, and as scripts have it."""
        return asdict(self) | {"recommended": self.recommended.kind, "says": self.says}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Quantisations":
        """What `to_json` made."""
        return cls(rows=record["rows"], kinds=tuple(Quantised(**one) for one in record["kinds"]))


def compare_quantisations(
    file: Callable[[Kind], Path],
    whole: Path,
    asked: Sequence[tuple[Row, Sequence[Message]]],
    *,
    max_tokens: int,
    threads: int | None,
    tell: Tell,
    stop: Event,
) -> Quantisations:
    """Have each answer the rows by their messages; what was measured already is not measured again.

    `file` gives the file of a kind. What is kept lies beside `whole`.

    Raises:
        ImprovementError: there is no row to ask, or `stop` was set.
        TuningError: one cannot be made or asked.
    """
    if not asked:
        raise ImprovementError("There are no rows to compare the quantisations by.")
    key = _key(asked, max_tokens)
    kinds = []
    for kind in (WHOLE, *KINDS):
        kept = whole.with_name(f"weighed-{kind}-{key}.json")
        if (one := _read(kept)) is None:
            if stop.is_set():
                raise ImprovementError("The comparison was cancelled; what was measured is kept.")
            gguf = whole if kind == WHOLE else file(kind)  # type: ignore[arg-type]
            one = _weighed(kind, gguf, whole, asked, max_tokens, threads, tell)
            _write(kept, asdict(one))
        kinds.append(one)
    table = Quantisations(rows=len(asked), kinds=tuple(kinds))
    _write(whole.with_name(TABLE), table.to_json())
    return table


def kept_quantisations(folder: Path) -> Quantisations | None:
    """What was compared last of the training whose files lie in `folder`."""
    try:
        return Quantisations.from_json(json.loads((folder / TABLE).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def f1_of(answer: str, row: Row) -> float:
    """F1 of an answer's words with the row's, its citations aside; nothing where it says that there is none."""
    return token_f1(_bare(answer), row.answers)


def _keeps(one: Quantised, whole: Quantised) -> bool:
    return (
        one.answer_f1 >= _KEPT * whole.answer_f1 and one.decision_accuracy >= whole.decision_accuracy - _DECIDES_MARGIN
    )


def _weighed(
    kind: str,
    gguf: Path,
    whole: Path,
    asked: Sequence[tuple[Row, Sequence[Message]]],
    max_tokens: int,
    threads: int | None,
    tell: Tell,
) -> Quantised:
    weighed = weigh(
        gguf,
        whole,
        [messages for _, messages in asked],
        max_tokens=max_tokens,
        threads=threads,
        progress=lambda done: tell(Progress(stage=f"asking {kind}", done=done, total=len(asked))),
    )
    pairs = [(row, answer) for (row, _), answer in zip(asked, weighed.answers, strict=True)]
    return Quantised(
        kind=kind,
        bytes=weighed.bytes,
        read_rate=weighed.read_rate,
        write_rate=weighed.write_rate,
        top_1=weighed.agreement.top_1,
        kl=weighed.agreement.kl,
        answer_f1=_mean([f1_of(answer, row) for row, answer in pairs if row.answers]),
        decision_accuracy=_mean([float(row.answerable == bool(_bare(answer))) for row, answer in pairs]),
    )


def _bare(answer: str) -> str:
    """Without citations; empty where it says that there is none."""
    if abstains(answer):
        return ""
    return without_citations(answer)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _key(asked: Sequence[tuple[Row, Sequence[Message]]], max_tokens: int) -> str:
    said = [[row.content_hash, [asdict(message) for message in messages]] for row, messages in asked]
    return hashlib.sha256(json.dumps([said, max_tokens], sort_keys=True).encode()).hexdigest()[:16]


def _read(path: Path) -> Quantised | None:
    try:
        return Quantised(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, record: Mapping[str, Any]) -> None:
    text = json.dumps(record, ensure_ascii=False)
    with writing(path, len(text.encode())) as written:
        written.write_text(text, encoding="utf-8")
