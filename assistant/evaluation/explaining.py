"""Why a row counts as it does, in sentences for people."""

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.evaluation.measures import MEASURES
from assistant.evaluation.ranking import Level, rank
from assistant.evaluation.report import verdict
from assistant.evaluation.results import Hit
from assistant.evaluation.summaries import Asked

VERDICTS = ("wrong", "refused", "false answer", "stopped", "failed", "right", "searched")
"""How a row can come out, those to look at first."""

_DEEP = 5
"""Passages of a ranking that count as found."""


@dataclass(frozen=True, kw_only=True)
class Moves:
    """What the first five passages of a row are in one run and not in another."""

    came: tuple[Hit, ...]
    went: tuple[Hit, ...]


def why(asked: Asked) -> list[str]:
    """Why a row does not count as right, and what its answer lacks; nothing where all is well."""
    return [*_decision(asked), *_ranking(asked), *_support(asked)]


def moves(first: Asked, second: Asked) -> Moves:
    """The passages among the first five that came and went."""
    before, after = (one.result.passages[:_DEEP] for one in (first, second))
    old, new = ({_place(hit) for hit in hits} for hits in (before, after))
    return Moves(
        came=tuple(hit for hit in after if _place(hit) not in old),
        went=tuple(hit for hit in before if _place(hit) not in new),
    )


def _decision(asked: Asked) -> Iterator[str]:
    result = asked.result
    match verdict(asked):
        case "wrong" if asked.row.answers:
            yield "The answer holds none of the expected answers."
        case "wrong":
            yield "The answer cites none of the expected sources."
        case "refused":
            yield "It was not answered, although the documents answer it."
        case "false answer":
            yield "It was answered, although the documents do not answer it."
        case "stopped":
            yield f"The rail “{result.stopped_by}” stopped it: {result.stop_reason}"
        case "failed":
            yield f"The model failed, so that the quotes are the answer: {result.error}"


def _ranking(asked: Asked) -> Iterator[str]:
    if not asked.row.sources or asked.row.is_summary:  # which searches for nothing
        return
    level: Level = "quote" if any(source.quote for source in asked.row.sources) else "document"
    held = rank(asked.result.passages, asked.row.sources, level).held
    first = next((place for place, sources in enumerate(held, start=1) if sources), None)
    if first is None:
        yield f"None of the {len(asked.result.passages)} passages that were found holds the expected source."
    elif first > 1:
        yield f"The first passage that holds an expected source came at {first}."


def _support(asked: Asked) -> Iterator[str]:
    name = "summary_support" if asked.row.is_summary else "groundedness"
    value = asked.measures.get(name)
    if value is not None and value < 1:
        unsupported = sum(one.is_claim and not one.supported for one in asked.result.judgements)
        sentences = "a sentence" if unsupported == 1 else f"{unsupported} sentences"
        yield f"No passage supports {sentences} of the answer ({MEASURES[name].label} {value:.2f})."


def _place(hit: Hit) -> tuple[str, int | None, str]:
    return hit.document, hit.page, hit.text
