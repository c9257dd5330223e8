"""Figures and answers as CSV, for spreadsheets; without whose they are."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from assistant.insights.figures import Figures
from assistant.insights.turns import SeenTurn
from assistant.share import Share

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes a cell that begins with one for a formula (OWASP, CSV injection)."""


def turns_csv(turns: Iterable[SeenTurn]) -> str:
    """A line an answer, with a header."""
    names = ("asked", "question", "answer", "outcome", "vote", "reasons", "comment", "better answer")
    further = (
        "right sources",
        "wrong sources",
        "done",
        "fault",
        "backend",
        "model",
        "prompt",
        "confidence",
        "documents cited",
        "seconds",
        "cost",
    )
    return _csv([(*names, *further)], (_line(turn) for turn in turns))


def figures_csv(figures: Figures) -> str:
    """A line a figure: what it is about, its name, its value, and its interval and number where it has them."""
    return _csv([("about", "name", "value", "low", "high", "n")], figure_lines(figures))


def figures_json(figures: Figures) -> dict[str, Any]:
    """The same as scripts read it; shares have their value and interval."""
    totals = asdict(figures.totals) | {"satisfaction": share_json(figures.totals.satisfaction)}
    return asdict(figures) | {
        "totals": totals,
        "before": figures.before and asdict(figures.before) | {"satisfaction": share_json(figures.before.satisfaction)},
        "days": [asdict(day) | {"day": day.day.isoformat()} for day in figures.days],
        "kinds": {
            name: [asdict(kind) | {"satisfaction": share_json(kind.satisfaction)} for kind in kinds]
            for name, kinds in figures.kinds.items()
        },
        "topics": [asdict(topic) | {"satisfaction": share_json(topic.satisfaction)} for topic in figures.topics],
        "documents": [
            asdict(use) | {"satisfaction": share_json(use.satisfaction), "added_at": use.added_at.isoformat()}
            for use in figures.documents
        ],
    }


def share_json(share: Share) -> dict[str, Any]:
    """A share with its interval; without one where there is nothing to share."""
    there = share.of > 0
    return {
        "value": share.value,
        "low": share.low if there else None,
        "high": share.high if there else None,
        "n": share.of,
    }


def figure_lines(figures: Figures) -> Iterable[Sequence[Any]]:
    """As `figures_csv` writes them."""
    totals = figures.totals
    yield "all", "questions", totals.questions
    yield "all", "people", totals.people
    yield "all", "satisfaction", *_share(totals.satisfaction)
    for outcome, count in totals.outcomes.items():
        yield "outcome", outcome, count
    yield "all", "answers with an unsupported sentence", totals.unsupported
    for name, spread in (("first word", totals.first), ("whole answer", totals.total)):
        if spread is not None:
            yield "seconds, median", name, spread.median, "", "", spread.answers
            yield "seconds, 95%", name, spread.p95, "", "", spread.answers
    yield "all", "cost", "" if totals.cost is None else totals.cost
    yield "all", "tokens", totals.tokens
    for day in figures.days:
        yield "questions on a day", f"{day.day} {day.outcome}", day.questions
        if day.cost:
            yield "cost on a day", f"{day.day} {day.outcome}", day.cost
    for about, kinds in figures.kinds.items():
        for kind in kinds:
            yield f"questions by {about}", kind.name, kind.questions
            yield f"satisfaction by {about}", kind.name, *_share(kind.satisfaction)
    for topic in figures.topics:
        yield "questions by topic", topic.name, topic.questions
        yield "not in the documents by topic", topic.name, topic.missing
        yield "satisfaction by topic", topic.name, *_share(topic.satisfaction)
    for stage in figures.stages:
        yield "seconds of a stage, median", stage.name, stage.seconds.median, "", "", stage.seconds.answers
        yield "seconds of a stage, 95%", stage.name, stage.seconds.p95, "", "", stage.seconds.answers
    for rail, count in figures.rails.items():
        yield "stopped by rail", rail, count
    for fault, count in figures.faults.items():
        yield "fault", fault, count
    for signal, count in figures.signals.items():
        yield "done with answers", signal, count
    for unanswered in figures.unanswered:
        yield "not in the documents", unanswered.question, unanswered.times
    for document in figures.documents:
        yield "found", document.name, document.found
        yield "cited", document.name, document.cited
        yield "marked as the right source", document.name, document.right
        yield "marked as the wrong source", document.name, document.wrong
        yield "satisfaction where cited", document.name, *_share(document.satisfaction)


def _line(turn: SeenTurn) -> Sequence[Any]:
    finished = turn.answered.finished
    return (
        turn.asked_at.isoformat(timespec="seconds"),
        turn.question,
        turn.answer,
        turn.outcome,
        "" if turn.vote is None else "up" if turn.vote > 0 else "down",
        ", ".join(turn.reasons),
        turn.comment,
        turn.better_answer,
        ", ".join(turn.marked(True)),
        ", ".join(turn.marked(False)),
        ", ".join(f"{signal} {times}" for signal, times in turn.signals.items()),
        turn.fault or "",
        (finished and finished.backend) or "",
        (finished and finished.model) or "",
        (finished and finished.prompt) or "",
        "" if finished is None or finished.confidence is None else round(finished.confidence, 4),
        ", ".join(dict.fromkeys(citation.document for citation in finished.citations)) if finished else "",
        round(turn.total_s, 3),
        "" if turn.cost is None else turn.cost,
    )


def _csv(header: Iterable[Sequence[str]], lines: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(header)
    writer.writerows([_harmless(cell) for cell in line] for line in lines)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """A text that is no formula to any spreadsheet; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA) else cell


def _share(share: Share) -> Sequence[Any]:
    if share.value is None:
        return "", "", "", 0
    return share.value, share.low, share.high, share.of
