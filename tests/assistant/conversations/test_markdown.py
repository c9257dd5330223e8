from collections.abc import Callable, Iterator

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.answered import Answered
from assistant.conversations import KeptTurn, to_markdown
from assistant.events import TurnEvent
from ingest.tables import utc_now

TurnEvents = Callable[..., Iterator[TurnEvent]]


def _kept(answered: Answered) -> KeptTurn:
    return KeptTurn(id=1, parent_id=None, answered=answered, asked_at=utc_now(), siblings=(1,))


def _answered(question: str, turn: Iterator[TurnEvent]) -> Answered:
    answered = Answered(question=question)
    for event in turn:
        answered.add(event)
    return answered


def test_question_answer_and_sources_are_there(turn_events: TurnEvents) -> None:
    text = to_markdown("Pay", [_kept(_answered("What is paid?", turn_events("?", trace_id="t", model="Small")))])
    assert text.startswith("# Pay\n")
    assert "## What is paid?" in text
    assert "**Draft by Small:**" in text
    assert "£165 \\[1\\]." in text
    assert "> It is £165 \\*a\\* week." in text
    assert "> — \\[1\\] hand\\*book\\*.md, page 3" in text


def test_an_answer_that_never_ended_says_so() -> None:
    assert "This answer was not finished." in to_markdown("Pay", [_kept(Answered(question="What is paid?"))])


@given(st.text(max_size=60))
def test_nothing_that_somebody_wrote_becomes_markup(text: str) -> None:
    made = to_markdown("T", [_kept(Answered(question=f"x {text}"))])
    tokens = MarkdownIt("commonmark", {"html": True}).parse(made)
    inside = [child.type for token in tokens for child in token.children or []]
    assert set(inside) <= {"text", "em_open", "em_close", "softbreak"}
    assert inside.count("em_open") == 1  # the time
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1", "h2"]
