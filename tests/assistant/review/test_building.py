"""Data sets of approved answers: each question once, nothing that contradicts itself, nothing that was withdrawn."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from assistant.conversations import Conversations, Vote
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import GoldSource, Row, RowsError
from assistant.review.alike import Embed, agree, asked_alike
from assistant.review.building import Building
from assistant.review.review import Decision
from assistant.review.reviews import DATA_SET, Reviews
from ingest.catalogue import Catalogue
from models.backend import Message
from models.embedding import Embedder

ANN = "a" * 32

Answer = Callable[..., tuple[str, int]]
Decide = Callable[..., tuple[str, int]]


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder(threads=1)


@pytest.fixture
def building(catalogue: Catalogue, data_sets: DataSets, embedder: Embedder) -> Building:
    return Building(catalogue, data_sets, embedder=lambda: embedder)


@pytest.fixture
def decide(reviews: Reviews, answer: Answer) -> Decide:
    """Makes an answer and decides on it, as approved by default; gives ids of conversation and row."""

    def make(question: str, *answers: str, decision: Decision = "approved", document: str = "") -> tuple[str, str]:
        conversation, turn_id = answer(question, vote=Vote(value=1), person=question)
        reviews.fill()
        turn = reviews.next(ANN)
        while turn is not None and turn.turn_id != turn_id:
            turn = reviews.next(ANN, after=turn.turn_id)
        assert turn is not None
        row = replace(turn.row, answers=answers or turn.row.answers, answerable=answers != ("",))
        row = replace(row, sources=(GoldSource(document=document or f"{question}.md"),))
        reviews.decide(ANN, turn_id, decision, row)
        return conversation, turn.row.id

    return make


def _ids(data_sets: DataSets, name: str = "built") -> set[str]:
    return {row.id for row in data_sets.rows(name)}


def test_each_question_comes_once_and_the_same_again_is_the_same_version(
    building: Building, data_sets: DataSets, decide: Decide
) -> None:
    _, first = decide("How much is the duty phone allowance for a week?", "£165")
    _, again = decide("How much is the duty phone allowance for one week?", "It is £165 a week.", decision="corrected")
    _, other = decide("Who may borrow a boat?", "Members.")
    decide("What is my salary?", decision="private")
    decide("Is this a test?", decision="rejected")
    built = building.build("built")
    assert (built.rows, built.duplicates, built.conflicts) == (2, 1, [])
    assert (built.private, built.rejected, built.withdrawn) == (1, 1, 0)
    assert _ids(data_sets) == {again, other}
    assert sum(built.parts.values()) == 2
    assert building.build("built") == built
    assert building.build("under another name").version == built.version
    decide("Where are the booms?", "In the boathouse.")
    assert building.build("built").version != built.version
    assert first not in _ids(data_sets)


def test_what_contradicts_itself_is_shown_and_left_out_unless_somebody_says_which_is_right(
    building: Building, data_sets: DataSets, decide: Decide
) -> None:
    _, old = decide("How much is the duty phone allowance?", "£140 a week")
    _, new = decide("How much is the duty phone  allowance?", "£165 a week")
    _, other = decide("Who may borrow a boat?", "Members.")
    built = building.build("built")
    [conflict] = built.conflicts
    assert [row.id for row in conflict.rows] == [new, old]
    assert (conflict.kept, _ids(data_sets)) == ((), {other})
    [conflict] = building.build("built", keep=[new]).conflicts
    assert (conflict.kept, _ids(data_sets)) == ((new,), {new, other})
    with pytest.raises(RowsError, match="in no conflict"):
        building.build("built", keep=[other])
    assert building.build("built").version == built.version


def test_what_was_withdrawn_is_in_no_set(
    building: Building, data_sets: DataSets, conversations: Conversations, decide: Decide
) -> None:
    conversation, gone = decide("Who may borrow a boat?", "Members.")
    _, removed = decide("Where are the booms?", "In the boathouse.")
    _, stays = decide("How old must volunteers be?", "Sixteen.")
    building.build("built")
    assert _ids(data_sets) == {gone, removed, stays}
    conversations.delete("Who may borrow a boat?", conversation)
    assert _ids(data_sets) == {removed, stays}
    data_sets.delete(DATA_SET, [removed])
    assert building.build("built").withdrawn == 1
    assert _ids(data_sets) == {stays}


def test_parts_share_no_document(building: Building, data_sets: DataSets, decide: Decide) -> None:
    for number in range(12):
        decide(f"What does rule {number} say?", f"It says {number}.", document=f"{number % 4}.md")
    building.build("built")
    parts_of: dict[str, set[str | None]] = {}
    for item in data_sets.items("built"):
        parts_of.setdefault(item.row.sources[0].document, set()).add(item.part)
    assert {len(parts) for parts in parts_of.values()} == {1}
    assert len(parts_of) == 4


def test_a_row_that_was_rejected_in_the_set_stays_so(building: Building, data_sets: DataSets, decide: Decide) -> None:
    _, first = decide("Who may borrow a boat?", "Members.")
    _, second = decide("Where are the booms?", "In the boathouse.")
    building.build("built")
    data_sets.review("built", [first], "rejected")
    built = building.build("built")
    assert (built.rows, sum(built.parts.values())) == (1, 1)
    assert _ids(data_sets) == {second}


def test_what_cannot_be_built_is_said(building: Building, data_sets: DataSets, decide: Decide) -> None:
    with pytest.raises(RowsError, match="No answer is approved yet"):
        building.build("built")
    decide("Who may borrow a boat?", "Members.")
    with pytest.raises(RowsError, match="choose another name"):
        building.build(DATA_SET)
    data_sets.create("mine")
    data_sets.add("mine", Row(id="1", question="Who?"))
    with pytest.raises(RowsError, match="rows from elsewhere"):
        building.build("mine")
    assert [row.id for row in data_sets.rows("mine")] == ["1"]


def _groups(questions: Sequence[str | Row], embed: Embed) -> list[list[int]]:
    rows = [one if isinstance(one, Row) else Row(id=one, question=one) for one in questions]
    return asked_alike(rows, embed)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("What does it cost?", "what does it  cost", True),
        (
            "How old was Manning when he played Super Bowl 50?",
            "How old was Peyton Manning when he played in Super Bowl 50?",
            True,
        ),
        ("What did a licence cost in 2024?", "What did a licence cost in 2025?", False),
        ("When did the movement begin?", "Where did the movement begin?", False),
        ("Who may borrow a boat?", "Where are the booms?", False),
    ],
)
def test_questions_are_the_same_by_what_they_mean(one: str, other: str, is_same: bool, embedder: Embedder) -> None:
    assert _groups([one, other], embedder.sentences) == ([[0, 1]] if is_same else [[0], [1]])


def test_what_was_said_before_tells_questions_apart(embedder: Embedder) -> None:
    rows = [
        Row(id=about, question="And on Sundays?", history=(Message(role="user", content=about),))
        for about in ("When does the office open?", "Who mans the lock?")
    ]
    assert _groups(rows, embedder.sentences) == [[0], [1]]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (("£165",), ("It is £165 a week.",), True),
        (("£165 a week",), ("£140 a week",), False),
        (("Members.", "Anybody who has paid."), ("members",), True),
        (("Sixteen.",), ("The moon.",), False),
    ],
)
def test_answers_agree_by_what_they_say(
    one: tuple[str, ...], other: tuple[str, ...], is_same: bool, embedder: Embedder
) -> None:
    rows = [Row(id=str(at), question="?", answers=answers) for at, answers in enumerate((one, other))]
    assert agree(rows[0], rows[1], embedder.sentences) is is_same
    assert not agree(rows[0], replace(rows[1], answerable=False), embedder.sentences)
