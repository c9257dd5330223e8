"""CSV as spreadsheets read it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant.desk import Desk
from assistant.insights import Selection
from assistant.insights.export import figures_csv, turns_csv
from assistant.insights.turns import SeenTurn
from assistant.settings import Settings
from benchmarks.insights import fill


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with forty answers."""
    with Desk(Settings(home=tmp_path_factory.mktemp("exported"))) as desk:
        fill(desk, turns=40, days=3)
        yield desk


@pytest.fixture(scope="module")
def seen(filled: Desk) -> list[SeenTurn]:
    """Its answers."""
    return filled.insights.turns(Selection(), limit=None)


def _lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_answers_are_written_without_whose_they_are(filled: Desk, seen: list[SeenTurn]) -> None:
    text = turns_csv(seen)
    assert [line["question"] for line in _lines(text)] == [turn.question for turn in seen]
    with filled.catalogue.session() as session:
        people = {person for (person,) in session.connection().exec_driver_sql("SELECT person FROM turn_facts")}
    assert people
    assert not any(person in text for person in people)


def test_figures_are_written(filled: Desk) -> None:
    figures = filled.insights.figures(Selection())
    named = {(line["about"], line["name"]): line for line in _lines(figures_csv(figures))}
    assert named["all", "questions"]["value"] == "40"
    assert named["all", "satisfaction"]["n"] == str(figures.totals.satisfaction.of)
    assert float(named["seconds, median", "whole answer"]["value"]) == figures.totals.total.median  # type: ignore[union-attr]


@hypothesis_settings(deadline=None)
@given(start=st.sampled_from(["=", "+", "-", "@", "\t", "\r", " ="]), rest=st.text(max_size=20))
def test_no_text_is_a_formula(seen: list[SeenTurn], start: str, rest: str) -> None:
    turn = replace(seen[0], comment=start + rest)
    [line] = _lines(turns_csv([turn]))
    assert line["comment"] == f"'{start}{rest}"
