"""A turn under review as HTML; all of it is other people's text, and escaped."""

from html import escape

from assistant.data_sets.rows import GoldSource, Row
from assistant.diagnosis import FAULTS, Diagnosis, Place, consequence_of
from assistant.events import Source
from assistant.feedback import REASONS
from assistant.review.review import ReviewedTurn
from pages.evaluation.row import expected_html, question_html


def turn_html(turn: ReviewedTurn) -> str:
    """Why it is shown, what was asked, answered and voted."""
    why = "".join(f"<li>{escape(reason)}</li>" for reason in turn.why)
    return "".join(
        [
            f'<div class="label">Why it is here</div><div class="said"><ul>{why}</ul></div>',
            question_html(turn.row),
            _answer_html(turn),
            _vote_html(turn),
        ]
    )


def diagnosis_html(diagnosis: Diagnosis) -> str:
    """Where it went wrong, by whom that was said, and the checks that led to it."""
    by = "as somebody has said" if diagnosis.is_corrected else "as the checks have it"
    was = f"; the checks: {FAULTS[diagnosis.found].lower()}" if diagnosis.fault != diagnosis.found else ""
    checks = "".join(
        f'<li class="{"points" if check.points_to else ""}">{escape(check.says)}</li>' for check in diagnosis.checks
    )
    return (
        f'<div class="label">Where it went wrong · {by}{escape(was)}</div>'
        f'<div class="said"><span class="verdict wrong">{escape(FAULTS[diagnosis.fault])}</span></div>'
        f'<div class="said checks"><ul>{checks}</ul></div>'
        f'<div class="facts">{escape(consequence_of(diagnosis.fault))}</div>'
    )


def wanted_html(row: Row) -> str:
    """What would be approved; and what is wanted, where that is nothing yet."""
    if not row.answerable or row.answers:
        return expected_html(row)
    if row.sources:
        said = "Any answer that rests on this source. E: write the right one."
    else:
        said = "Not known yet. E: write the right answer. 1 to 9: mark the passage that holds it. X: there is none."
    sources = "".join(_source_html(source) for source in row.sources)
    where = f'<div class="label">Stands in</div><div class="said"><ul>{sources}</ul></div>' if sources else ""
    return f'<div class="label">Expected</div><div class="said wanted">{escape(said)}</div>{where}'


def holds(source: Source, place: Place) -> bool:
    """Whether a passage that was found is that place."""
    return " ".join(place.quote.split()) in " ".join(source.passage.text.split())


def place_html(place: Place) -> str:
    """The passage that the diagnosis takes for the right one, where the answer did not have it."""
    rank = f" · place {place.rank} of a search now" if place.rank else ""
    page = f", page {place.page}" if place.page else ""
    return (
        '<div class="label">Not among them</div><div class="hit gold">'
        f'<div class="where">{escape(place.document)}{page}{rank}</div>'
        f'<div class="text" tabindex="0">{escape(place.quote)}</div></div>'
    )


def passage_html(turn: ReviewedTurn, source: Source, *, is_marked: bool) -> str:
    """One passage that was found, and whether the answer cites it."""
    finished, passage = turn.answered.finished, source.passage
    is_cited = finished is not None and any(citation.n == source.n for citation in finished.citations)
    page = f", page {passage.page}" if passage.page else ""
    said = {True: " · right, says who asked", False: " · wrong, says who asked"}
    notes = "".join(
        [
            " · cited" if is_cited else "",
            said[turn.marks[source.n]] if source.n in turn.marks else "",
            " · the right source" if is_marked else "",
        ]
    )
    return (
        f'<div class="hit{" gold" if is_marked else ""}">'
        f'<div class="where">[{source.n}] {escape(passage.document)}{page}{notes}</div>'
        f'<div class="text" tabindex="0">{escape(passage.text)}</div></div>'
    )


def _answer_html(turn: ReviewedTurn) -> str:
    finished = turn.answered.finished
    if finished is None:
        return ""
    sure = f" · confidence {finished.confidence:.2f}" if finished.confidence is not None else ""
    said = finished.answer or finished.stop_reason or "Not in the documents"
    pieces, end = [], 0
    for span in finished.unsupported:
        pieces.append(escape(said[end : span.start]))
        pieces.append(f'<span class="unsupported">{escape(said[span.start : span.end])}</span>')
        end = span.end
    pieces.append(escape(said[end:]))
    return f'<div class="label">Answer{sure}</div><div class="said">{"".join(pieces)}</div>'


def _vote_html(turn: ReviewedTurn) -> str:
    vote = turn.vote
    if vote is None:
        return ""
    said = ["Thumb up" if vote.value > 0 else "Thumb down", *(REASONS.get(one, one) for one in vote.reasons)]
    lines = [" · ".join(said), vote.comment, vote.better_answer and f"Better: {vote.better_answer}"]
    items = "".join(f"<li>{escape(line)}</li>" for line in lines if line)
    return f'<div class="label">Vote</div><div class="said"><ul>{items}</ul></div>'


def _source_html(source: GoldSource) -> str:
    page = f", page {source.page}" if source.page else ""
    quote = f": “{escape(source.quote)}”" if source.quote else ""
    return f"<li>{escape(source.document)}{page}{quote}</li>"
