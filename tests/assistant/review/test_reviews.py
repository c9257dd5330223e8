from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from assistant.conversations import Choices, Conversations, Vote
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import GoldSource
from assistant.diagnosis import RETRIEVAL_FAULTS, Diagnoses, Fault, Place
from assistant.events import TurnEvent
from assistant.feedback import Feedback
from assistant.review.review import ReviewedTurn, ReviewError
from assistant.review.reviews import DATA_SET, Reviews
from assistant.searching import Searching
from assistant.tables import DiagnosisRow
from ingest.catalogue import Catalogue
from ingest.tables import utc_now

ANN, BOB = "a" * 32, "b" * 32
DOWN = Vote(value=-1, reasons=("wrong",), better_answer="£165, and £28 an hour.")

Answer = Callable[..., tuple[str, int]]


def _ids(data_sets: DataSets) -> list[str]:
    return [row.id for row in data_sets.rows(DATA_SET)]


def _next(reviews: Reviews, person: str) -> ReviewedTurn | None:
    """What they are given, now that all is taken in."""
    reviews.fill()
    return reviews.next(person)


def test_what_is_worth_most_comes_first_and_says_why(reviews: Reviews, answer: Answer) -> None:
    answer("Nothing to see?")
    _, up = answer("Good?", vote=Vote(value=1))
    _, down = answer("Bad?", vote=DOWN)
    _, unsure = answer("Unsure?", confidence=0.1)
    answer("How much?", person="one", vote=Vote(value=1))
    _, disputed = answer("how  much", person="two", vote=DOWN)
    seen, turn = [], _next(reviews, ANN)
    while turn is not None and turn.turn_id not in seen:
        seen.append(turn.turn_id)
        turn = reviews.next(ANN, after=turn.turn_id)
    assert (seen[0], seen[-2:], len(seen)) == (disputed, [unsure, up], 5)
    assert seen.index(down) == 2
    first = reviews.previous(ANN, before=seen[1])
    assert first is not None
    assert first.turn_id == disputed
    assert first.why[0] == "People who asked this disagree about the answer."


def test_nobody_gets_what_another_holds_until_the_lease_runs_out(
    catalogue: Catalogue, data_sets: DataSets, answer: Answer
) -> None:
    now = [utc_now()]
    reviews = Reviews(catalogue, data_sets, clock=lambda: now[0])
    _, turn_id = answer("Bad?", vote=DOWN)
    assert (held := _next(reviews, ANN))
    assert held.turn_id == turn_id
    assert _next(reviews, BOB) is None
    assert not reviews.has_free()
    with pytest.raises(ReviewError, match="Somebody else"):
        reviews.decide(BOB, turn_id, "rejected")
    now[0] += timedelta(hours=1)
    assert reviews.has_free()
    assert (held := _next(reviews, BOB))
    assert held.turn_id == turn_id
    with pytest.raises(ReviewError, match="Somebody else"):
        reviews.decide(ANN, turn_id, "approved")
    reviews.release(BOB)
    assert _next(reviews, ANN) is not None


def test_a_source_marked_as_wrong_brings_an_answer_there_without_a_vote(
    conversations: Conversations,
    feedback: Feedback,
    reviews: Reviews,
    turn_events: Callable[..., Iterator[TurnEvent]],
) -> None:
    conversation = conversations.begin("asker", "What is paid?", Choices(backend="local", prompt="quote")).id
    turn = turn_events("What is paid?", trace_id="1")
    list(
        conversations.keep(
            turn, person="asker", conversation_id=conversation, question="What is paid?", parent_id=None, trace_id="1"
        )
    )
    [kept] = conversations.turns("asker", conversation)
    before = _next(reviews, ANN)
    reviews.release(ANN)

    feedback.mark_source("asker", kept.id, 1, False)

    held = _next(reviews, ANN)
    assert held is not None
    assert held.turn_id == kept.id
    assert held.marks == {1: False}
    marked = "A source was marked as a wrong one."
    assert marked in held.why
    assert before is None or marked not in before.why
    reviews.release(ANN)
    feedback.mark_source("asker", kept.id, 1, True)
    assert (after := _next(reviews, ANN)) is None or marked not in after.why


def test_reviewers_at_once_never_hold_the_same(reviews: Reviews, answer: Answer) -> None:
    turns = {answer(f"Bad {number}?", vote=DOWN)[1] for number in range(12)}
    reviews.fill()

    def work(person: str) -> list[int]:
        decided = []
        while (turn := reviews.next(person)) is not None:
            reviews.decide(person, turn.turn_id, "rejected")
            decided.append(turn.turn_id)
        return decided

    with ThreadPoolExecutor(4) as pool:
        decided = [turn_id for some in pool.map(work, "abcd") for turn_id in some]
    assert sorted(decided) == sorted(turns)


def test_an_approved_turn_is_a_row_and_undone_it_is_none(
    catalogue: Catalogue, reviews: Reviews, data_sets: DataSets, answer: Answer
) -> None:
    answer("What is paid?", vote=DOWN)
    turn = _next(reviews, ANN)
    assert turn is not None
    reviews.decide(ANN, turn.turn_id, "approved")
    [item] = data_sets.items(DATA_SET)
    assert (item.row.question, item.row.answers, item.origin) == ("What is paid?", (DOWN.better_answer,), "feedback")
    assert (reviews.progress().waiting, reviews.progress().done_today) == (0, 1)
    assert _next(reviews, ANN) is None

    undone = reviews.undo(ANN)
    assert undone is not None
    assert undone.turn_id == turn.turn_id
    assert data_sets.items(DATA_SET) == []
    reviews.decide(ANN, turn.turn_id, "corrected", replace(turn.row, question="What does the phone pay?"))
    assert [row.question for row in data_sets.rows(DATA_SET)] == ["What does the phone pay?"]
    assert reviews.undo(BOB) is None


def test_what_a_thumb_points_down_on_is_not_approved_without_an_answer(reviews: Reviews, answer: Answer) -> None:
    answer("What is paid?", vote=Vote(value=-1))
    turn = _next(reviews, ANN)
    assert turn is not None
    with pytest.raises(ReviewError, match="right answer"):
        reviews.decide(ANN, turn.turn_id, "approved")
    with pytest.raises(ReviewError, match="called"):
        reviews.decide(ANN, turn.turn_id, "corrected", replace(turn.row, id="mine", answers=("£165.",)))


def test_a_good_answer_is_a_row_with_its_source(reviews: Reviews, data_sets: DataSets, answer: Answer) -> None:
    answer("What is paid?", vote=Vote(value=1))
    turn = _next(reviews, ANN)
    assert turn is not None
    reviews.decide(ANN, turn.turn_id, "approved", data_set="mine")
    [row] = data_sets.rows("mine")
    assert (row.answers, row.sources[0].quote) == (("£165 a week.",), "It is £165.")


def test_a_retracted_vote_takes_its_row_along(
    catalogue: Catalogue, reviews: Reviews, feedback: Feedback, data_sets: DataSets, answer: Answer
) -> None:
    _, turn_id = answer("What is paid?", vote=DOWN)
    turn = _next(reviews, ANN)
    assert turn is not None
    reviews.decide(ANN, turn_id, "approved")
    data_sets.split(DATA_SET)
    feedback.retract("asker", turn_id)
    assert data_sets.items(DATA_SET) == []
    assert _next(reviews, ANN) is None
    feedback.vote("asker", turn_id, DOWN)
    assert (again := _next(reviews, ANN))
    assert again.turn_id == turn_id


def test_a_deleted_conversation_takes_its_rows_along(
    catalogue: Catalogue, reviews: Reviews, conversations: Conversations, data_sets: DataSets, answer: Answer
) -> None:
    conversation, turn_id = answer("What is paid?", vote=DOWN)
    turn = _next(reviews, ANN)
    assert turn is not None
    reviews.decide(ANN, turn_id, "approved")
    conversations.delete("asker", conversation)
    assert data_sets.items(DATA_SET) == []
    with pytest.raises(ReviewError, match="deleted"):
        reviews.decide(ANN, turn_id, "rejected")


def test_what_is_private_is_shown_to_nobody_else(reviews: Reviews, answer: Answer) -> None:
    _, turn_id = answer("My illness?", vote=DOWN)
    assert _next(reviews, ANN) is not None
    reviews.decide(ANN, turn_id, "private")
    assert _next(reviews, BOB) is None


def test_a_question_is_looked_at_once_but_every_vote_is(reviews: Reviews, answer: Answer) -> None:
    unsure = [answer("How  MUCH?", person=person, confidence=0.1)[1] for person in "abc"]
    _, voted = answer("how much", person="d", vote=DOWN)
    seen, turn = set(), _next(reviews, ANN)
    while turn is not None and turn.turn_id not in seen:
        seen.add(turn.turn_id)
        turn = reviews.next(ANN, after=turn.turn_id)
    assert seen == {voted}
    reviews.decide(ANN, voted, "rejected")
    answer("how much?", person="e", confidence=0.1)
    assert _next(reviews, ANN) is None
    assert voted not in unsure


def test_a_vote_that_is_changed_after_the_approval_is_looked_at_again(
    reviews: Reviews, feedback: Feedback, data_sets: DataSets, answer: Answer
) -> None:
    _, turn_id = answer("What is paid?", vote=DOWN)
    assert _next(reviews, ANN) is not None
    reviews.decide(ANN, turn_id, "approved")
    feedback.vote("asker", turn_id, replace(DOWN, better_answer="£170 a week."))
    assert (again := _next(reviews, BOB))
    assert again.why[0] == "It was approved, and the vote has been changed since."
    assert [row.answers for row in data_sets.rows(DATA_SET)] == [(DOWN.better_answer,)]
    reviews.decide(BOB, turn_id, "rejected")
    assert data_sets.items(DATA_SET) == []
    assert _next(reviews, ANN) is None


def test_what_was_taken_in_is_not_taken_in_again(reviews: Reviews, feedback: Feedback, answer: Answer) -> None:
    _, turn_id = answer("What is paid?", vote=DOWN)
    assert (reviews.fill(), reviews.fill(), reviews.fill()) == (1, 0, 0)
    answer("And what else?")
    feedback.vote("asker", turn_id, Vote(value=1))
    assert (reviews.fill(), reviews.fill()) == (2, 0)
    feedback.retract("asker", turn_id)
    assert (reviews.fill(), reviews.fill()) == (1, 0)


def _diagnose(catalogue: Catalogue, turn_id: int, fault: Fault) -> None:
    """As the rules would: with a passage that answers."""
    right = Place(document="handbook.md", page=None, quote="It is £165 a week.", rank=9)
    with catalogue.writing() as session:
        row = DiagnosisRow(turn_id=turn_id, found=fault, fault=fault, checks=[], place=asdict(right))
        session.add(row)


def _fault(reviews: Reviews) -> str | None:
    turn = _next(reviews, ANN)
    return turn.diagnosis.fault if turn is not None and turn.diagnosis is not None else None


def test_a_retrieval_fault_becomes_a_row_that_search_learns_from(
    catalogue: Catalogue, reviews: Reviews, data_sets: DataSets, feedback: Feedback, answer: Answer
) -> None:
    _, turn_id = answer("What is paid?", vote=Vote(value=-1))
    _diagnose(catalogue, turn_id, "not-retrieved")
    assert _fault(reviews) == "not-retrieved"
    reviews.decide(ANN, turn_id, "approved")
    [row] = data_sets.rows(RETRIEVAL_FAULTS)
    assert (row.sources, row.tags) == (
        (GoldSource(document="handbook.md", quote="It is £165 a week."),),
        ("feedback", "not-retrieved"),
    )
    assert data_sets.rows(DATA_SET) == [row]
    feedback.retract("asker", turn_id)
    assert (data_sets.items(RETRIEVAL_FAULTS), data_sets.items(DATA_SET)) == ([], [])


def test_what_was_corrected_decides_where_the_row_goes(
    catalogue: Catalogue, reviews: Reviews, data_sets: DataSets, answer: Answer
) -> None:
    _, turn_id = answer("What is paid?", vote=DOWN)
    _diagnose(catalogue, turn_id, "not-retrieved")
    Diagnoses(catalogue, _no_searching).correct(ANN, turn_id, "not-used")
    assert _fault(reviews) == "not-used"
    reviews.decide(ANN, turn_id, "approved")
    assert [row.tags for row in data_sets.rows(DATA_SET)] == [("feedback", "not-used")]
    assert RETRIEVAL_FAULTS not in [one.name for one in data_sets.list()]


def test_undo_takes_back_what_was_done_last_a_decision_or_a_correction(
    catalogue: Catalogue, reviews: Reviews, answer: Answer
) -> None:
    diagnoses = Diagnoses(catalogue, _no_searching)
    _, turn_id = answer("What is paid?", vote=DOWN)
    _diagnose(catalogue, turn_id, "not-retrieved")
    assert _next(reviews, ANN) is not None
    diagnoses.correct(ANN, turn_id, "not-used")
    diagnoses.correct(ANN, turn_id, "misread")
    reviews.decide(ANN, turn_id, "approved")
    assert reviews.undo(BOB) is None
    seen = []
    for _ in range(3):
        undone = reviews.undo(ANN)
        assert undone is not None
        assert undone.diagnosis is not None
        seen.append((undone.turn_id, undone.diagnosis.fault, undone.diagnosis.is_corrected))
    assert seen == [(turn_id, "misread", True), (turn_id, "not-used", True), (turn_id, "not-retrieved", False)]
    assert reviews.undo(ANN) is None


def test_how_often_people_said_what_was_found(catalogue: Catalogue, answer: Answer) -> None:
    diagnoses = Diagnoses(catalogue, _no_searching)
    turns = [answer(f"Bad {number}?", vote=DOWN)[1] for number in range(4)]
    for turn_id in turns:
        _diagnose(catalogue, turn_id, "not-used")
    faults: tuple[Fault, ...] = ("not-used", "not-used", "misread")
    for turn_id, fault in zip(turns, faults, strict=False):
        diagnoses.correct(ANN, turn_id, fault)
    agreement = diagnoses.agreement()
    assert (agreement.share.count, agreement.share.of, agreement.by_fault) == (2, 3, {"not-used": (2, 3)})
    corrected = diagnoses.of(turns[2])
    assert corrected is not None
    assert (corrected.corrected_by, corrected.corrected_at is not None) == (ANN, True)


def _no_searching() -> Searching:
    raise AssertionError("nothing is searched for")
