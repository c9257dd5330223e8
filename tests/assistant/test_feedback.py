import pytest

from assistant.conversations import Choices, Conversations, UnknownConversation, Vote
from assistant.feedback import REASONS, Feedback
from assistant.tracing import Outbox
from ingest.catalogue import Catalogue

ANN, BOB = "a" * 32, "b" * 32


@pytest.fixture
def turn_id(catalogue: Catalogue) -> int:
    """An answer of Ann's."""
    conversations = Conversations(catalogue, Outbox(catalogue))
    id_ = conversations.begin(ANN, "What is paid?", Choices(backend="local", prompt="quote")).id
    list(
        conversations.keep(
            iter(()), person=ANN, conversation_id=id_, question="What is paid?", parent_id=None, trace_id="t" * 32
        )
    )
    return conversations.turns(ANN, id_)[0].id


@pytest.fixture
def feedback(catalogue: Catalogue) -> Feedback:
    return Feedback(catalogue, Outbox(catalogue))


def _votes(feedback: Feedback) -> list[Vote]:
    return [voted.vote for voted in feedback.votes()]


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
