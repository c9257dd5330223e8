"""Answers that people have scored, and how far a judge agrees with them."""

import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.data_sets.rows import RowsError, parse_json, read_text
from assistant.evaluation.agreement import Agreement, agreement
from assistant.evaluation.judge import Judge, Judged
from assistant.evaluation.results import Opinion
from assistant.pool import at_the_same_time


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """An answer with people's scores."""

    id: str
    judged: Judged
    scores: Mapping[str, float]
    """By the rubric's name, on any scale; the kappa takes it for the judge's own, 1 to 5."""


@dataclass(frozen=True, kw_only=True)
class AgreementWithPeople:
    """Of a judge, by rubric."""

    by_rubric: Mapping[str, Agreement]
    no_judgement: int
    """Opinions without a score."""
    opinions: Mapping[str, Sequence[Opinion]]
    """By the answer's id."""


def read_labelled(path: Path) -> list[Labelled]:
    """The answers of a JSON lines file: "id", "question", "answer", "passages", perhaps "answers", and "scores".

    Raises:
        RowsError: the file cannot be read, or a line is no such answer.
    """
    labelled = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            where = f"Line {number} of {path.name}"
            labelled.append(_labelled(parse_json(line, where), where, number))
    if not labelled:
        raise RowsError(f"{path.name} holds no answers.")
    return labelled


def agree(
    judge: Judge,
    labelled: Sequence[Labelled],
    *,
    workers: int = 1,
    progress: Callable[[int], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> AgreementWithPeople:
    """Let a judge score the answers, and hold its scores against people's."""
    stop = stop or threading.Event()

    def opinions(one: Labelled) -> tuple[Labelled, tuple[Opinion, ...]]:
        return one, judge.opinions(one.judged, stop=stop)

    found: dict[str, Sequence[Opinion]] = {}
    pairs: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for one, said in at_the_same_time(opinions, labelled, workers=workers, stop=stop):
        found[one.id] = said
        for opinion in said:
            name = opinion.rubric.partition("@")[0]
            if opinion.score is not None and name in one.scores:
                pairs[name].append((one.scores[name], opinion.score))
        progress(len(found))
    return AgreementWithPeople(
        by_rubric={name: agreement(*zip(*pairs[name], strict=True)) for name in sorted(pairs)},
        no_judgement=sum(opinion.score is None for said in found.values() for opinion in said),
        opinions=found,
    )


def _labelled(record: object, where: str, number: int) -> Labelled:
    if not isinstance(record, dict):
        raise RowsError(f"{where} is no object.")
    question, answer, scores = record.get("question"), record.get("answer"), record.get("scores")
    if not isinstance(question, str) or not isinstance(answer, str):
        raise RowsError(f"{where} has no “question” and “answer”.")
    if not isinstance(scores, dict) or not all(map(_is_number, scores.values())):
        raise RowsError(f"{where} has no “scores” that are numbers.")
    judged = Judged(
        question=question,
        answer=answer,
        expected=_texts(record.get("answers", ()), where),
        passages=_texts(record.get("passages", ()), where),
    )
    return Labelled(id=str(record.get("id", number)), judged=judged, scores=scores)


def _texts(value: object, where: str) -> Sequence[str]:
    if not isinstance(value, Iterable) or isinstance(value, str) or not all(isinstance(one, str) for one in value):
        raise RowsError(f"{where}: “answers” and “passages” are lists of texts.")
    return tuple(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
