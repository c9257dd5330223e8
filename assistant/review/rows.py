"""A turn as an evaluation row, to be approved or corrected."""

import hashlib
from collections.abc import Mapping, Sequence

from assistant.answered import Answered
from assistant.citations import without_citations
from assistant.conversations import Vote
from assistant.data_sets.rows import GoldSource, Row
from assistant.diagnosis import GENERATION, RETRIEVAL, Diagnosis
from models.backend import Message


def row_id_of(trace_id: str) -> str:
    """The id of the row that is made of the turn with this trace; its beginning leads back to the turn."""
    return f"turn-{trace_id[:16]}"


def question_key(question: str) -> str:
    """The same for the same question in whatever case and spacing; from it nobody reads the question."""
    return hashlib.sha256(" ".join(question.casefold().split()).rstrip(" ?.!").encode()).hexdigest()[:32]


def proposed_row(
    trace_id: str,
    answered: Answered,
    history: Sequence[Answered],
    vote: Vote | None,
    diagnosis: Diagnosis | None = None,
    marks: Mapping[int, bool] | None = None,
) -> Row:
    """The row as the turn, its vote and its diagnosis suggest it: what a thumb points down on is no right answer.

    Sources that are marked as right take the place of those cited; one that is marked as wrong is none. Else, where
    the diagnosis knows a passage that answers, that is the source. The row is tagged with the fault.
    """
    finished = answered.finished
    better = vote.better_answer.strip() if vote else ""
    is_down = vote is not None and vote.value < 0
    abstained = finished is not None and finished.abstained
    answers: tuple[str, ...] = ()
    if better:
        answers = (better,)
    elif finished is not None and not is_down and not abstained and not finished.stopped_by:
        answers = (without_citations(finished.answer),)
    marks = marks or {}
    cited = finished.citations if finished is not None and not is_down and not abstained else ()
    sources = tuple(
        GoldSource(document=one.document, page=one.page, quote=one.quote or None)
        for one in cited
        if marks.get(one.n, True)
    )
    right = diagnosis.right if diagnosis is not None and diagnosis.fault in RETRIEVAL | GENERATION else None
    if right is not None:
        sources = (GoldSource(document=right.document, page=right.page, quote=right.quote),)
    sources = _marked_right(answered, marks) or sources
    return Row(
        id=row_id_of(trace_id),
        question=answered.question,
        answers=tuple(filter(None, answers)),
        answerable=bool(better) or any(marks.values()) or right is not None or not abstained,
        sources=sources,
        history=tuple(said for earlier in history for said in _said(earlier)),
        tags=("feedback", *((diagnosis.fault,) if diagnosis is not None else ())),
    )


def _marked_right(answered: Answered, marks: Mapping[int, bool]) -> tuple[GoldSource, ...]:
    quotes = {quote.n: quote for quote in reversed(answered.quotes)}
    return tuple(
        GoldSource(
            document=source.passage.document,
            page=quotes[source.n].page if source.n in quotes else source.passage.page,
            quote=quotes[source.n].text if source.n in quotes else source.passage.text,
        )
        for source in answered.sources
        if marks.get(source.n, False)
    )


def _said(answered: Answered) -> list[Message]:
    finished = answered.finished
    if finished is None or not finished.answer.strip():
        return []
    return [
        Message(role="user", content=answered.question),
        Message(role="assistant", content=without_citations(finished.answer) or finished.answer),
    ]
