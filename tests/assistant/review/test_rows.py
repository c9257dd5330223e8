"""The row that an answer suggests, with what who asked has said of its sources."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from assistant.answered import Answered
from assistant.conversations import Vote
from assistant.events import Finished, Source, TurnEvent
from assistant.review.rows import proposed_row

UP, DOWN = Vote(value=1), Vote(value=-1)


@pytest.fixture
def answered(turn_events: Callable[..., Iterator[TurnEvent]], source: Callable[..., Source]) -> Answered:
    """An answer that cites [1] and has found [2] too."""
    made = Answered(question="What is paid?")
    for event in turn_events(made.question, trace_id="1" * 32):
        made.add(event)
    made.sources = (*made.sources, source("It is £28 an hour.", n=2))
    return made


def _documents(answered: Answered, vote: Vote | None, marks: dict[int, bool]) -> list[str]:
    return [source.document for source in proposed_row("1" * 32, answered, (), vote, marks=marks).sources]


def test_marks_say_which_sources_are_proposed(answered: Answered) -> None:
    assert _documents(answered, UP, {}) == ["hand*book*.md"]
    assert _documents(answered, UP, {1: False}) == []
    assert _documents(answered, UP, {1: False, 2: True}) == ["handbook.md"]
    assert _documents(answered, None, {1: True, 2: True}) == ["hand*book*.md", "handbook.md"]
    assert _documents(answered, DOWN, {}) == []
    assert _documents(answered, DOWN, {2: True}) == ["handbook.md"]


def test_a_right_source_says_that_the_documents_answer(answered: Answered) -> None:
    assert isinstance(answered.finished, Finished)
    answered.finished = replace(answered.finished, abstained=True, citations=())
    assert not proposed_row("1" * 32, answered, (), None).answerable
    row = proposed_row("1" * 32, answered, (), None, marks={2: True})
    assert (row.answerable, row.answers) == (True, ())
    assert [(one.document, one.quote) for one in row.sources] == [("handbook.md", "It is £28 an hour.")]
