from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from assistant.conversations import Choices, Conversations, UnknownConversation, Vote
from assistant.events import TurnEvent
from assistant.feedback import REASONS, Feedback
from assistant.source_marks import UnknownSource
from assistant.tables import OutboxRow, SignalRow, SourceMarkRow
from assistant.tracing import Outbox
from ingest.catalogue import Catalogue

ANN, BOB = "a" * 32, "b" * 32
TRACE = "t" * 32

TurnEvents = Callable[..., Iterator[TurnEvent]]


@pytest.fixture
def conversations(catalogue: Catalogue) -> Conversations:
    return Conversations(catalogue, Outbox(catalogue))


@pytest.fixture
def conversation_id(conversations: Conversations, turn_events: TurnEvents) -> str:
    """A conversation of Ann's with one answer, whose one source is [1]."""
    id_ = conversations.begin(ANN, "What is paid?", Choices(backend="local", prompt="quote")).id
    _ask(conversations, id_, turn_events("What is paid?", trace_id=TRACE), "What is paid?", TRACE)
    return id_


@pytest.fixture
def turn_id(conversations: Conversations, conversation_id: str) -> int:
    """That answer."""
    return conversations.turns(ANN, conversation_id)[0].id


@pytest.fixture
def feedback(catalogue: Catalogue) -> Feedback:
    return Feedback(catalogue, Outbox(catalogue))


def _ask(conversations: Conversations, id_: str, events: Iterator[TurnEvent], question: str, trace_id: str) -> None:
    turn = conversations.keep(
        events, person=ANN, conversation_id=id_, question=question, parent_id=None, trace_id=trace_id
    )
    list(turn)


def _votes(feedback: Feedback) -> list[Vote | None]:
    return [voted.vote for voted in feedback.votes()]


def _scores(catalogue: Catalogue) -> list[tuple[str, str, float | None]]:
    """Kind, name and value of what waits for Langfuse beside traces."""
    with catalogue.session() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.kind != "trace").order_by(OutboxRow.id))
        return [(row.kind, row.body.get("name", ""), row.body.get("value")) for row in rows]


def test_a_vote_takes_the_place_of_the_one_before(feedback: Feedback, turn_id: int) -> None:
    feedback.vote(ANN, turn_id, Vote(value=1))
    wrong = Vote(value=-1, reasons=("wrong",), comment="Ask Priya.", better_answer="£165.")
    feedback.vote(ANN, turn_id, wrong)
    assert _votes(feedback) == [wrong]


def test_a_vote_is_taken_back_once_and_for_all(feedback: Feedback, turn_id: int) -> None:
    feedback.vote(ANN, turn_id, Vote(value=1))
    feedback.retract(ANN, turn_id)
    feedback.retract(ANN, turn_id)
    assert _votes(feedback) == []


def test_only_the_one_who_asked_votes(feedback: Feedback, turn_id: int) -> None:
    with pytest.raises(UnknownConversation):
        feedback.vote(BOB, turn_id, Vote(value=-1))
    with pytest.raises(UnknownConversation):
        feedback.retract(BOB, turn_id)
    with pytest.raises(UnknownConversation):
        feedback.vote(ANN, turn_id + 1, Vote(value=1))
    assert _votes(feedback) == []


def test_votes_are_listed_by_thumb(feedback: Feedback, turn_id: int) -> None:
    feedback.vote(ANN, turn_id, Vote(value=-1, reasons=tuple(REASONS)))
    assert list(feedback.votes(value=1)) == []
    [voted] = feedback.votes(value=-1)
    assert voted.answered.question == "What is paid?"
    assert voted.vote.reasons == tuple(REASONS)


def test_a_source_is_marked_otherwise_and_taken_back(
    catalogue: Catalogue, conversations: Conversations, conversation_id: str, feedback: Feedback, turn_id: int
) -> None:
    feedback.mark_source(ANN, turn_id, 1, False)
    assert conversations.turns(ANN, conversation_id)[0].marks == {1: False}
    feedback.mark_source(ANN, turn_id, 1, True)
    assert [(voted.vote, voted.marks) for voted in feedback.votes()] == [(None, {1: True})]
    assert _scores(catalogue) == [("score", "source", 1.0)]
    feedback.mark_source(ANN, turn_id, 1, None)
    feedback.mark_source(ANN, turn_id, 1, None)
    assert conversations.turns(ANN, conversation_id)[0].marks == {}
    assert _votes(feedback) == []
    assert _scores(catalogue) == [("retraction", "", None)]


def test_a_vote_and_a_mark_are_scores_of_their_own(catalogue: Catalogue, feedback: Feedback, turn_id: int) -> None:
    feedback.vote(ANN, turn_id, Vote(value=-1))
    feedback.mark_source(ANN, turn_id, 1, True)
    assert _scores(catalogue) == [("score", "vote", -1.0), ("score", "source", 1.0)]
    feedback.retract(ANN, turn_id)
    assert [(voted.vote, voted.marks) for voted in feedback.votes()] == [(None, {1: True})]
    assert list(feedback.votes(value=-1)) == []


def test_only_sources_of_ones_own_answers_are_marked(feedback: Feedback, turn_id: int) -> None:
    with pytest.raises(UnknownConversation):
        feedback.mark_source(BOB, turn_id, 1, True)
    with pytest.raises(UnknownSource, match=r"no source \[7\]"):
        feedback.mark_source(ANN, turn_id, 7, True)
    assert _votes(feedback) == []


def test_what_people_do_is_counted_and_no_vote(catalogue: Catalogue, feedback: Feedback, turn_id: int) -> None:
    feedback.notice(ANN, turn_id, "opened-source", source=1)
    feedback.notice(ANN, turn_id, "opened-source", source=1)
    feedback.notice(ANN, turn_id, "copied")
    with pytest.raises(UnknownConversation):
        feedback.notice(BOB, turn_id, "copied")
    assert _votes(feedback) == []
    assert _scores(catalogue) == [("score", "opened-source", 2.0), ("score", "copied", 1.0)]
    feedback.vote(ANN, turn_id, Vote(value=1))
    [voted] = feedback.votes()
    assert voted.signals == {"opened-source": 2, "copied": 1}


def test_asking_again_says_something_of_the_answer_that_was_there(
    conversations: Conversations, conversation_id: str, feedback: Feedback, turn_id: int, turn_events: TurnEvents
) -> None:
    feedback.vote(ANN, turn_id, Vote(value=-1))
    _ask(conversations, conversation_id, turn_events("What is paid?", trace_id="2"), "What is  paid?", "2")
    [voted] = feedback.votes()
    assert voted.signals == {"asked-again": 1}
    _ask(conversations, conversation_id, turn_events("Who pays?", trace_id="3"), "Who pays?", "3")
    second = conversations.turns(ANN, conversation_id)[0].siblings[1]
    feedback.vote(ANN, second, Vote(value=-1))
    assert [voted.signals for voted in feedback.votes()] == [{"edited": 1}, {"asked-again": 1}]


def test_what_is_deleted_takes_all_of_it_along(
    catalogue: Catalogue, conversations: Conversations, conversation_id: str, feedback: Feedback, turn_id: int
) -> None:
    feedback.mark_source(ANN, turn_id, 1, False)
    feedback.notice(ANN, turn_id, "copied")
    conversations.delete(ANN, conversation_id)
    with catalogue.session() as session:
        assert [*session.scalars(select(SourceMarkRow)), *session.scalars(select(SignalRow))] == []
    assert _scores(catalogue) == []
