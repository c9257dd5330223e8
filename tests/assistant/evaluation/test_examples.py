import pytest

from assistant.data_sets.rows import GoldSource, Row
from assistant.desk import Desk
from assistant.evaluation.examples import ApprovedExamples
from assistant.examples import Example, NoExamples, with_examples
from assistant.prompts import load_prompt

FEW_SHOT = load_prompt("few-shot")


def _row(id_: str, question: str, document: str = "a.md", **more: object) -> Row:
    source = GoldSource(document=document, quote=f"What {document} says of {id_}.")
    fields = {"answers": (f"Answer {id_}",), "sources": (source,)} | more
    return Row(id=id_, question=question, **fields)  # type: ignore[arg-type]


ROWS = [
    _row("holiday", "How many days of holiday do I get?"),
    _row("leave", "How many days of leave are there for a wedding?", "b.md"),
    _row("boat", "What does a boat licence cost?", "c.md"),
    _row("follow", "How many days of holiday then?", "d.md", history=()),
    _row("bare", "How many days of holiday are left?", "e.md", answers=()),
]


@pytest.fixture
def examples(desk: Desk) -> ApprovedExamples:
    desk.data_sets.take("handbook", ROWS)
    desk.data_sets.describe("handbook", gives_examples=True)
    return desk.examples


def test_the_likest_approved_rows_come_first(examples: ApprovedExamples) -> None:
    near = examples.near("How many days of holiday may I take?", 2)
    assert [one.answer for one in near] == ["Answer holiday", "Answer follow"]
    assert near[0] == Example(
        question="How many days of holiday do I get?", passage="What a.md says of holiday.", answer="Answer holiday"
    )


def test_only_training_rows_and_sets_that_give_examples_are_shown(desk: Desk, examples: ApprovedExamples) -> None:
    before = examples.fingerprint
    desk.data_sets.describe("handbook", gives_examples=False)
    assert examples.near("How many days of holiday?", 9) == []
    desk.data_sets.split("handbook", {"train": 1, "test": 1})
    train = {f"Answer {row.id}" for row in desk.data_sets.rows("handbook", "train") if row.answers}
    assert {one.answer for one in examples.near("How many days of holiday?", 9)} == train
    desk.data_sets.review("handbook", [row.id for row in ROWS], "rejected")
    assert examples.near("How many days of holiday?", 9) == []
    assert examples.fingerprint != before


def test_a_row_that_is_asked_is_shown_nothing_of_itself(examples: ApprovedExamples) -> None:
    asked = _row("other", "How many days of holiday do I get?", "handbook/b.md", tags=("of:boat",))
    shown = {one.answer for one in examples.apart_from(asked).near(asked.question, 9)}
    # Not the same question, not a row of its document, not the row that it paraphrases.
    assert shown == {"Answer follow"}


def test_a_question_that_is_a_row_word_for_word_is_not_answered_by_it(examples: ApprovedExamples) -> None:
    assert "Answer boat" not in {one.answer for one in examples.near("What does a boat  licence COST?", 9)}


def test_a_prompt_shows_them_in_place_of_its_own_the_likest_last(examples: ApprovedExamples) -> None:
    prompt = with_examples(FEW_SHOT, "How many days of holiday may I take?", examples)
    abstaining, *shown = prompt.examples
    assert abstaining[1] == "Not in the documents."
    assert [answered for _, answered in shown] == ["Answer follow [1].", "Answer holiday [1]."]
    assert shown[-1][0] == "[1] What a.md says of holiday.\n\nQuestion: How many days of holiday do I get?"


def test_with_too_few_of_them_its_own_stay(desk: Desk) -> None:
    desk.data_sets.take("handbook", ROWS[:1])
    desk.data_sets.describe("handbook", gives_examples=True)
    assert with_examples(FEW_SHOT, "How many days of holiday?", desk.examples) is FEW_SHOT
    assert with_examples(FEW_SHOT, "How many days of holiday?", NoExamples()) is FEW_SHOT
    direct = load_prompt("direct")
    assert with_examples(direct, "How many days of holiday?", desk.examples) is direct
