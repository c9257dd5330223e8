from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from assistant.tables import OutboxRow
from assistant.tracing import Outbox
from ingest.catalogue import Catalogue
from tests.assistant.tracing.turns import ASKED_AT, record, trace_id


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(catalogue: Catalogue, clock: Clock) -> Outbox:
    return Outbox(catalogue, clock=clock)


def _due(outbox: Outbox, limit: int = 100) -> list[tuple[str, str]]:
    return [(row.kind, row.trace_id[-1]) for row in outbox.due(limit)]


def _vote(
    catalogue: Catalogue, outbox: Outbox, number: int = 1, *, value: int = 1, given_at: datetime = ASKED_AT
) -> None:
    with catalogue.writing() as session:
        outbox.score(session, trace_id(number), person="reader", value=value, given_at=given_at)


def _retract(catalogue: Catalogue, outbox: Outbox, number: int = 1, *, given_at: datetime = ASKED_AT) -> None:
    with catalogue.writing() as session:
        outbox.retraction(session, trace_id(number), person="reader", given_at=given_at)


def test_a_row_is_there_exactly_when_its_transaction_is(catalogue: Catalogue, outbox: Outbox) -> None:
    with catalogue.writing() as session:
        outbox.score(session, trace_id(1), person="reader", value=1, given_at=ASKED_AT)
        session.rollback()
    assert outbox.waiting().rows == 0
    _vote(catalogue, outbox)
    assert outbox.waiting().rows == 1


def test_a_score_is_due_only_when_its_trace_is_gone(catalogue: Catalogue, outbox: Outbox) -> None:
    record(catalogue, outbox, 1, 2)
    _vote(catalogue, outbox, 2)
    assert _due(outbox) == [("trace", "1"), ("trace", "2")]
    outbox.done([row for row in outbox.due(100) if row.trace_id == trace_id(2)])
    assert _due(outbox) == [("trace", "1"), ("score", "2")]


def test_the_newest_word_on_a_vote_is_what_waits(catalogue: Catalogue, outbox: Outbox) -> None:
    _vote(catalogue, outbox, value=1)
    _vote(catalogue, outbox, value=-1)
    (row,) = outbox.due(100)
    assert row.body["value"] == -1
    _retract(catalogue, outbox)
    (retraction,) = outbox.due(100)
    assert (retraction.kind, retraction.key) == ("retraction", row.key)


def test_a_vote_given_again_after_it_was_taken_back_is_another_score(catalogue: Catalogue, outbox: Outbox) -> None:
    _vote(catalogue, outbox)
    _retract(catalogue, outbox)
    _vote(catalogue, outbox, given_at=ASKED_AT + timedelta(minutes=1))
    retraction, score = outbox.due(100)
    assert (retraction.kind, score.kind) == ("retraction", "score")
    assert retraction.key != score.key


def test_two_people_and_two_turns_have_their_own_scores(catalogue: Catalogue, outbox: Outbox) -> None:
    with catalogue.writing() as session:
        for person in ("one", "two"):
            for number in (1, 2):
                outbox.score(session, trace_id(number), person=person, value=1, given_at=ASKED_AT)
    assert len({row.key for row in outbox.due(100)}) == 4


def test_what_was_put_off_is_due_again_in_its_time_and_after_the_others(
    catalogue: Catalogue, outbox: Outbox, clock: Clock
) -> None:
    record(catalogue, outbox, 1, 2)
    first, _ = outbox.due(100)
    outbox.put_off([first], seconds=10, error="It is away.")
    assert _due(outbox) == [("trace", "2")]
    assert outbox.waiting().error == "It is away."
    clock.now += timedelta(seconds=10)
    assert _due(outbox) == [("trace", "2"), ("trace", "1")]


def test_the_oldest_beyond_the_bound_are_dropped_and_counted(catalogue: Catalogue, clock: Clock) -> None:
    outbox = Outbox(catalogue, rows=5, clock=clock)
    record(catalogue, outbox, *range(1, 9))
    waiting = outbox.waiting()
    assert (waiting.rows, waiting.dropped) == (5, 3)
    assert [row.trace_id for row in outbox.due(100)] == [trace_id(number) for number in range(4, 9)]
    outbox.done(outbox.due(100))
    record(catalogue, outbox, *range(11, 17))
    assert (outbox.waiting().rows, outbox.waiting().dropped) == (5, 4)


def test_waiting_says_how_much_and_since_when(catalogue: Catalogue, outbox: Outbox, clock: Clock) -> None:
    assert (outbox.waiting().rows, outbox.waiting().since) == (0, None)
    began = clock.now
    record(catalogue, outbox, 1)
    clock.now += timedelta(hours=1)
    record(catalogue, outbox, 2)
    assert (outbox.waiting().rows, outbox.waiting().since) == (2, began)


def test_a_deleted_turn_that_was_never_sent_leaves_nothing(catalogue: Catalogue, outbox: Outbox) -> None:
    record(catalogue, outbox, 1, 2)
    _vote(catalogue, outbox, 1)
    with catalogue.writing() as session:
        outbox.forget(session, [trace_id(1)])
    assert _due(outbox) == [("trace", "2")]


def test_a_deleted_turn_that_may_have_been_sent_is_deleted_there_too(catalogue: Catalogue, outbox: Outbox) -> None:
    record(catalogue, outbox, 1, 2)
    outbox.done([row for row in outbox.due(100) if row.trace_id == trace_id(1)])
    _vote(catalogue, outbox, 1)
    outbox.begin([row for row in outbox.due(100) if row.trace_id == trace_id(2)])
    with catalogue.writing() as session:
        outbox.forget(session, [trace_id(1), trace_id(2)])
    assert _due(outbox) == [("removal", "1"), ("removal", "2")]


def test_what_was_deleted_in_between_is_not_begun(catalogue: Catalogue, outbox: Outbox) -> None:
    record(catalogue, outbox, 1, 2)
    rows = outbox.due(100)
    with catalogue.writing() as session:
        outbox.forget(session, [trace_id(1)])
    assert [row.trace_id for row in outbox.begin(rows)] == [trace_id(2)]


def test_a_trace_written_down_twice_is_still_sent(catalogue: Catalogue, outbox: Outbox) -> None:
    record(catalogue, outbox, 1, 1)
    outbox.done(outbox.due(100))
    outbox.done(outbox.due(100))
    with catalogue.session() as session:
        assert session.scalars(select(OutboxRow)).all() == []
