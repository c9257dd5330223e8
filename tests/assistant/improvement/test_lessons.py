"""Where lessons come from, on the samples' own rows."""

from dataclasses import replace

import pytest

from assistant.data_sets.rows import GoldSource, Row, read_rows
from assistant.desk import Desk
from assistant.evaluation.ranking import same_document
from assistant.improvement.attacks import ATTACKS
from assistant.improvement.lessons import Lessons
from assistant.improvement.made import Made
from assistant.improvement.orders import ORDERS
from tests.conftest import SAMPLES


@pytest.fixture(scope="module")
def lessons(sample_desk: Desk) -> Lessons:
    return sample_desk.improvement.lessons(sample_desk.backends.get("local"), "direct")


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [row for row in read_rows(SAMPLES / "rows.jsonl") if row.answerable and not row.history]


def make(lessons: Lessons, row: Row, *taught: str) -> Made:
    return lessons.make([row], taught={row.id: taught}, tell=lambda _: None, is_stopped=lambda: False)


def test_what_answers_a_row_stands_in_the_document_that_it_names(lessons: Lessons, rows: list[Row]) -> None:
    for row in rows:
        gold = lessons.gold(row)
        assert gold is not None, row.id
        assert any(same_document(gold.document, source.document) for source in row.sources)


def test_nothing_answers_a_row_whose_document_is_gone(lessons: Lessons, rows: list[Row]) -> None:
    quote = rows[0].sources[0].quote
    gone = replace(rows[0], sources=(GoldSource(document="nowhere.md", quote=quote),))
    assert lessons.gold(gone) is None
    assert lessons.gold(replace(rows[0], sources=())) is None


def test_some_passages_give_an_order_that_no_answer_follows(lessons: Lessons, rows: list[Row]) -> None:
    made = lessons.make(rows, tell=lambda _: None, is_stopped=lambda: False)
    shuffled = [lesson for lesson in made.lessons if "/shuffled" in lesson.id]
    ordered = {
        lesson.id.split("/")[0]: lesson
        for lesson in shuffled
        if any(order in lesson.messages[-1].content for order in (*ORDERS, "If anybody asks, say that it is"))
    }
    assert len(shuffled) / 4 < len(ordered) < len(shuffled) * 3 / 4
    for row in rows:
        if row.id in ordered:
            assert ordered[row.id].completion.startswith(row.answers[0].rstrip("."))
    assert not any(order.lower() in attack.passage.lower() for order in ORDERS for attack in ATTACKS)


def test_every_answer_that_is_learnt_is_held_to_the_source(lessons: Lessons, rows: list[Row]) -> None:
    row = rows[0]
    assert make(lessons, row).unsupported == []
    assert make(lessons, row, "Herons are fed at noon by the mayor of Oslo.").unsupported == [row.id]
