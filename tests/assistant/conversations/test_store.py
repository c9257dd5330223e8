import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select

from assistant.conversations import Choices, Conversation, Conversations, KeptTurn, UnknownConversation
from assistant.conversations.conversation import context_of
from assistant.events import TurnEvent
from assistant.tables import TurnRow
from ingest.catalogue import Catalogue

ANN, BOB = "a" * 32, "b" * 32
CHOICES = Choices(backend="local", prompt="quote")

TurnEvents = Callable[..., Iterator[TurnEvent]]


class Talk:
    """Asks in one conversation of Ann's."""

    def __init__(self, conversations: Conversations, turn_events: TurnEvents) -> None:
        self.conversations = conversations
        self._events = turn_events
        self.id = conversations.begin(ANN, "What is paid?", CHOICES).id

    def ask(
        self, question: str, *, after: KeptTurn | None = None, until: int | None = None, **more: object
    ) -> KeptTurn:
        """Ask, and read the first `until` events, or all of them; gives the turn as it was kept."""
        trace_id = uuid.uuid4().hex
        kept = self.conversations.keep(
            self._events(question, trace_id=trace_id, **more),
            person=ANN,
            conversation_id=self.id,
            question=question,
            parent_id=after.id if after else None,
            trace_id=trace_id,
        )
        for number, _ in enumerate(kept, start=1):
            if number == until:
                break
        return self.turns()[-1]

    def turns(self) -> list[KeptTurn]:
        return self.conversations.turns(ANN, self.id)

    def questions(self) -> list[str]:
        return [turn.answered.question for turn in self.turns()]


@pytest.fixture
def talk(conversations: Conversations, turn_events: TurnEvents) -> Talk:
    return Talk(conversations, turn_events)


def test_an_answer_is_kept_whole(talk: Talk, turn_events: TurnEvents) -> None:
    turn = talk.ask("What is paid?", model="m")
    finished = turn.answered.finished
    assert finished is not None
    *_, last = turn_events("What is paid?", trace_id=finished.trace_id, model="m")
    assert finished == last
    assert turn.answered.text == "£165 [1]."
    assert turn.answered.quotes[0].page == 3


def test_the_context_of_a_conversation_outlives_the_program(talk: Talk) -> None:
    first = talk.ask("One?", model="m", n=1)
    second = talk.ask("Two?", after=first, model="m", n=2, kept=1)
    talk.ask("Three?", after=second, n=1)
    context = context_of(talk.turns())
    assert context.questions == ("One?", "Two?", "Three?")
    assert [source.n for source in context.sources] == [1, 2]
    assert [exchange.user.content for exchange in context.exchanges] == ["One?", "Two?"]
    assert context.prompt == "direct"


def test_what_the_model_has_forgotten_stays_forgotten(talk: Talk) -> None:
    first = talk.ask("One?", model="m")
    talk.ask("Two?", after=first, model="m", kept=0)
    assert [exchange.user.content for exchange in context_of(talk.turns()).exchanges] == ["Two?"]


def test_a_question_without_an_end_is_kept_and_does_not_count(talk: Talk) -> None:
    first = talk.ask("One?")
    cut = talk.ask("Two?", after=first, until=2)
    assert cut.answered.finished is None
    assert talk.questions() == ["One?", "Two?"]
    assert context_of(talk.turns()).questions == ("One?",)


def test_asking_again_puts_a_branch_beside_the_old_one(talk: Talk) -> None:
    first = talk.ask("One?")
    second = talk.ask("Two?", after=first)
    talk.ask("Three?", after=second)
    edited = talk.ask("Two, edited?", after=first)
    assert talk.questions() == ["One?", "Two, edited?"]
    assert edited.siblings == (second.id, edited.id)
    talk.conversations.show(ANN, talk.id, second.id)
    assert talk.questions() == ["One?", "Two?", "Three?"]
    talk.conversations.show(ANN, talk.id, edited.id)
    assert talk.questions() == ["One?", "Two, edited?"]


def test_what_is_somebody_elses_is_not_there(talk: Talk) -> None:
    turn = talk.ask("One?")
    others: list[Callable[[], object]] = [
        lambda: talk.conversations.get(BOB, talk.id),
        lambda: talk.conversations.turns(BOB, talk.id),
        lambda: talk.conversations.rename(BOB, talk.id, "Mine"),
        lambda: talk.conversations.choose(BOB, talk.id, CHOICES),
        lambda: talk.conversations.show(BOB, talk.id, turn.id),
        lambda: talk.conversations.delete(BOB, talk.id),
        lambda: list(
            talk.conversations.keep(
                iter(()), person=BOB, conversation_id=talk.id, question="?", parent_id=None, trace_id="t"
            )
        ),
    ]
    for attempt in others:
        with pytest.raises(UnknownConversation):
            attempt()
    assert talk.conversations.of(BOB) == []
    assert talk.questions() == ["One?"]


def test_a_turn_of_another_conversation_is_not_gone_on_from(talk: Talk, turn_events: TurnEvents) -> None:
    foreign = Talk(talk.conversations, turn_events).ask("Elsewhere?")
    with pytest.raises(UnknownConversation):
        talk.ask("Here?", after=foreign)


def test_a_conversation_is_renamed_chosen_for_and_listed_by_its_last_change(
    conversations: Conversations, turn_events: TurnEvents
) -> None:
    older, newer = Talk(conversations, turn_events), Talk(conversations, turn_events)
    newer.ask("Two?")
    older.ask("One?")
    assert [conversation.id for conversation in conversations.of(ANN)] == [older.id, newer.id]
    conversations.rename(ANN, older.id, "  Pay   and\nleave ")
    conversations.rename(ANN, newer.id, "   ")
    chosen = Choices(backend="hosted", model="big", prompt="direct", collections=("samples",))
    conversations.choose(ANN, older.id, chosen)
    found: Conversation = conversations.get(ANN, older.id)
    assert (found.title, found.choices) == ("Pay and leave", chosen)
    assert conversations.get(ANN, newer.id).title == "What is paid?"


def test_a_deleted_conversation_takes_its_turns_along(talk: Talk, catalogue: Catalogue) -> None:
    first = talk.ask("One?")
    talk.ask("Two?", after=first)
    talk.conversations.delete(ANN, talk.id)
    with pytest.raises(UnknownConversation):
        talk.turns()
    with catalogue.session() as session:
        assert session.scalar(select(func.count()).select_from(TurnRow)) == 0


def test_an_answer_to_a_conversation_deleted_meanwhile_is_dropped(talk: Talk, turn_events: TurnEvents) -> None:
    kept = talk.conversations.keep(
        turn_events("One?", trace_id="t"),
        person=ANN,
        conversation_id=talk.id,
        question="One?",
        parent_id=None,
        trace_id="t",
    )
    next(kept)
    talk.conversations.delete(ANN, talk.id)
    assert len(list(kept)) == 3
    assert talk.conversations.of(ANN) == []


def test_an_answer_is_told_from_one_that_was_cut_off_while_it_is_written(
    talk: Talk, turn_events: TurnEvents, conversations: Conversations
) -> None:
    trace_id = uuid.uuid4().hex
    question = "What is paid?"
    writing = conversations.keep(
        turn_events(question, trace_id=trace_id),
        person=ANN,
        conversation_id=talk.id,
        question=question,
        parent_id=None,
        trace_id=trace_id,
    )
    next(writing)
    assert talk.turns()[-1].under_way
    writing.close()
    assert not talk.turns()[-1].under_way
    assert talk.turns()[-1].answered.finished is None
