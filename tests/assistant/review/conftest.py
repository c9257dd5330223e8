"""Answers that people have voted on."""

import uuid
from collections.abc import Callable

import pytest

from assistant import events
from assistant.conversations import Choices, Conversations, Vote
from assistant.data_sets.data_sets import DataSets
from assistant.events import Finished
from assistant.feedback import Feedback
from assistant.review.reviews import Reviews
from assistant.tracing import Outbox
from ingest.catalogue import Catalogue


@pytest.fixture
def data_sets(catalogue: Catalogue) -> DataSets:
    return DataSets(catalogue)


@pytest.fixture
def reviews(catalogue: Catalogue, data_sets: DataSets) -> Reviews:
    return Reviews(catalogue, data_sets)


@pytest.fixture
def feedback(catalogue: Catalogue) -> Feedback:
    return Feedback(catalogue, Outbox(catalogue))


@pytest.fixture
def conversations(catalogue: Catalogue) -> Conversations:
    return Conversations(catalogue, Outbox(catalogue))


@pytest.fixture
def answer(conversations: Conversations, feedback: Feedback) -> Callable[..., tuple[str, int]]:
    """Makes an answer of somebody's, with a vote; gives ids of conversation and turn."""

    def make(
        question: str,
        *,
        person: str = "asker",
        vote: Vote | None = None,
        confidence: float = 0.6,
        abstained: bool = False,
    ) -> tuple[str, int]:
        trace_id = uuid.uuid4().hex
        conversation = conversations.begin(person, question, Choices(backend="local", prompt="quote")).id
        finished = Finished(
            answer="£165 a week. [1]",
            citations=(events.Citation(n=1, document="handbook.md", page=None, quote="It is £165."),),
            abstained=abstained,
            confidence=confidence,
            stopped_by=None,
            error=None,
            draft=False,
            backend=None,
            model=None,
            prompt="quote",
            timings=events.Timings(retrieve_s=0.01, quote_s=0.02, first_token_s=None, total_s=0.1),
            tokens=events.Tokens(),
            trace_id=trace_id,
        )
        turn = conversations.keep(
            [finished],
            person=person,
            conversation_id=conversation,
            question=question,
            parent_id=None,
            trace_id=trace_id,
        )
        list(turn)
        [kept] = conversations.turns(person, conversation)
        if vote is not None:
            feedback.vote(person, kept.id, vote)
        return conversation, kept.id

    return make
