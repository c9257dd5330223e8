import json
from typing import Any

import pytest

from assistant.desk import Desk
from assistant.events import Context, Quote, Quoted
from benchmarks.questions import holds, sentence_holds
from tests.conftest import SAMPLES

ANSWERABLE = [
    row
    for row in map(json.loads, (SAMPLES / "rows.jsonl").read_text(encoding="utf-8").splitlines())
    if row["answerable"]
]


@pytest.fixture(scope="module")
def first_quotes(sample_desk: Desk) -> list[tuple[dict[str, Any], Quote]]:
    """The answerable sample rows that are not refused, each with its first quote."""
    first = []
    for row in ANSWERABLE:
        turn = sample_desk.ask(row["question"], context=Context.of(row.get("history", ())))
        quotes = next(event for event in turn if isinstance(event, Quoted)).quotes
        first += [(row, quotes[0])] if quotes else []
    return first


def test_the_single_best_sentence_answers_25_of_the_34_sample_questions(
    first_quotes: list[tuple[dict[str, Any], Quote]],
) -> None:
    """Counts the one best-scored sentence, or table row with its header, not the sentences that it is shown with."""
    answered = [row["id"] for row, quote in first_quotes if sentence_holds(quote, row["answers"])]
    assert len(answered) >= 25, {row["id"] for row in ANSWERABLE} - {*answered}


def test_the_first_quote_as_shown_answers_27_of_the_34_sample_questions(
    first_quotes: list[tuple[dict[str, Any], Quote]],
) -> None:
    """Counts the first quote whole: its best-scored sentence with those beside it that were quoted too."""
    answered = [row["id"] for row, quote in first_quotes if holds(quote, row["answers"])]
    assert len(answered) >= 27, {row["id"] for row in ANSWERABLE} - {*answered}
