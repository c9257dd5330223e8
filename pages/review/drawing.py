"""A turn under review as HTML; all of it is other people's text, and escaped."""

from html import escape

from assistant.evaluation.rows import Row
from assistant.events import Source
from assistant.feedback import REASONS
from assistant.review.review import ReviewedTurn
from pages.evaluation.row import expected_html, question_html


def turn_html(turn: ReviewedTurn, row: Row) -> str:
    """Why it is shown, what was asked, answered and voted, and what would be approved."""
    why = "".join(f"<li>{escape(reason)}</li>" for reason in turn.why)
    return "".join(
        [
            f'<div class="label">Why it is here</div><div class="said"><ul>{why}</ul></div>',
            question_html(turn.row),
            _answer_html(turn),
            _vote_html(turn),
            expected_html(row),
        ]
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
