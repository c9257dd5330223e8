from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.conversations import Vote
from assistant.desk import Desk
from assistant.insights.missing import MissingDocuments
from assistant.settings import Settings
from ingest.tables import utc_now

ANN, BOB = "a" * 32, "b" * 32
BIKE, BIKES = "Is there a shed for bicycles?", "Is there a bicycle shed?"
POOL = "Where is the swimming pool?"

Ask = Callable[..., tuple[str, int]]


@pytest.fixture
def ask(desk: Desk) -> Ask:
    """Asks an empty desk, which finds nothing; gives conversation and turn."""

    def make(question: str, person: str = ANN) -> tuple[str, int]:
        conversation = desk.conversations.begin(person, question, desk.choices()).id
        list(desk.converse(person, conversation, question, choices=desk.choices()))
        return conversation, desk.conversations.turns(person, conversation)[0].id

    return make


def test_what_means_the_same_is_one_line_and_the_most_asked_comes_first(desk: Desk, ask: Ask) -> None:
    for question, person in ((BIKE, ANN), (POOL, ANN), (BIKES, BOB), (BIKES, ANN)):
        ask(question, person)
    bikes, pool = desk.missing.list()
    assert (bikes.question, bikes.others, bikes.times, bikes.people) == (BIKES, (BIKE,), 3, 2)
    assert (pool.question, pool.times, pool.people, pool.outdated) == (POOL, 1, 1, "")


def test_what_was_asked_long_ago_counts_less(desk: Desk, ask: Ask) -> None:
    from sqlalchemy import update

    from assistant.tables import TurnRow

    old = [ask(BIKE)[1], ask(BIKE)[1]]
    ask(POOL)
    with desk.catalogue.writing() as session:
        long_ago = utc_now() - timedelta(days=90)
        session.execute(update(TurnRow).where(TurnRow.id.in_(old)).values(asked_at=long_ago))
    assert [one.question for one in desk.missing.list()] == [POOL, BIKE]


def test_what_is_ticked_off_is_gone_until_it_is_asked_again(desk: Desk, ask: Ask) -> None:
    ask(BIKE)
    [bikes] = desk.missing.list()
    assert desk.missing.tick_off(ANN, bikes.turn_ids) == 1
    assert desk.missing.tick_off(BOB, bikes.turn_ids) == 0
    assert desk.missing.list() == ()
    assert desk.missing.undo(BOB) == 0
    assert desk.missing.undo(ANN) == 1
    assert [one.times for one in desk.missing.list()] == [1]
    desk.missing.tick_off(ANN, bikes.turn_ids)
    ask(BIKES, BOB)
    assert [(one.question, one.times) for one in desk.missing.list()] == [(BIKES, 1)]


def test_the_last_tick_is_put_back_first(desk: Desk, ask: Ask) -> None:
    now = [utc_now()]
    missing = MissingDocuments(desk.catalogue, lambda: desk.searching, clock=lambda: now[0])
    turns = [ask(BIKE)[1], ask(POOL)[1]]
    for turn_id in turns:
        missing.tick_off(ANN, [turn_id])
        now[0] += timedelta(seconds=1)
    missing.undo(ANN)
    assert [one.question for one in missing.list()] == [POOL]


def test_a_correction_takes_it_off_and_on(desk: Desk, ask: Ask) -> None:
    _, turn_id = ask(BIKE)
    desk.feedback.vote(ANN, turn_id, Vote(value=-1))
    desk.diagnoses.diagnose(turn_id)
    assert len(desk.missing.list()) == 1
    desk.diagnoses.correct(ANN, turn_id, "wrongly-refused")
    assert desk.missing.list() == ()
    desk.diagnoses.correct(ANN, turn_id, "not-on-the-desk")
    assert len(desk.missing.list()) == 1


def test_what_is_private_or_deleted_is_not_there(desk: Desk, ask: Ask) -> None:
    ask(BIKE)
    conversation, _ = ask(POOL)
    desk.reviews.fill()
    turn = desk.reviews.next(BOB)
    assert turn is not None
    desk.reviews.decide(BOB, turn.turn_id, "private")
    left = {BIKE, POOL} - {turn.answered.question}
    assert {one.question for one in desk.missing.list()} == left
    desk.conversations.delete(ANN, conversation)
    assert {one.question for one in desk.missing.list()} == left - {POOL}


def test_an_outdated_document_is_named(sample_home: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(sample_home, tmp_path / "home")
    with Desk(Settings(home=tmp_path / "home")) as desk:
        question = "How much is the allowance for the duty phone?"
        conversation = desk.conversations.begin(ANN, question, desk.choices()).id
        list(desk.converse(ANN, conversation, question, choices=desk.choices()))
        turn_id = desk.conversations.turns(ANN, conversation)[0].id
        desk.feedback.vote(ANN, turn_id, Vote(value=-1, reasons=("outdated",)))
        assert desk.diagnoses.diagnose(turn_id).fault == "outdated"
        [missing] = desk.missing.list()
    assert (missing.question, missing.outdated) == (question, "staff-handbook.pdf")
