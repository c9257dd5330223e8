"""Summaries that a model proposes, each held to its section."""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from assistant.data_sets.rows import RowsError
from assistant.desk import Desk
from assistant.events import Source
from assistant.settings import Settings
from assistant.summarising.turn import numbered
from assistant.synthesis import Plan, Progress
from models.backend import BackendError, Message
from models.packaged import TAUGHT
from models.scripted import ScriptedBackend

PLAN = Plan(data_set="ours", kind="summaries", writer="scripted", passages=10, samples=3, collections=("samples",))


@pytest.fixture
def scripted(sample_home: Path, tmp_path: Path) -> Iterator[Desk]:
    home = tmp_path / "home"
    shutil.copytree(sample_home, home)
    with Desk(Settings(home=home, backend="scripted")) as desk:
        yield desk


def _made(desk: Desk, model: ScriptedBackend, plan: Plan = PLAN) -> Progress:
    desk.backends._made["scripted", "scripted"] = model
    *_, last = desk.syntheses.make(plan, stop=Event())
    return last


def _whole_sentences(messages: Sequence[Message]) -> list[str]:
    """Of what a model was given: those that end, and are long enough to say something."""
    text = messages[-1].content.rpartition("\n\n")[0]
    said = [one.strip() for line in text.split("\n") for one in re.split(r"(?<=[.!?])\s", line)]
    return [one for one in said if one.endswith(".") and one[0].isupper() and len(one.split()) > 7]


def _good(messages: Sequence[Message]) -> str:
    """The first two the other way round, which is no copy."""
    return " ".join(reversed(_whole_sentences(messages)[:2]))


def test_what_holds_is_proposed_with_the_places_that_it_is_of(scripted: Desk) -> None:
    progress = _made(scripted, ScriptedBackend(replies=_good))
    items = scripted.data_sets.items("ours")
    assert progress.proposed == len(items) > 0
    for item in items:
        assert item.state == "proposed"
        assert item.row.is_summary
        assert "By scripted, summary@1, sample" in item.notes[0]
        assert "in at most 3 sentences." in item.row.question
        passages = scripted.summarising.passages(item.row)
        assert passages
        assert [one.ordinal for one in passages] == list(range(passages[0].ordinal, passages[-1].ordinal + 1))
        assert not scripted.support.unsupported(item.row.answers[0], _sources(scripted, item.row.id))
    # Asked again, what is there is not made again.
    model = ScriptedBackend(replies=_good)
    assert _made(scripted, model).proposed == 0
    assert len(scripted.data_sets.items("ours")) == len(items)


def _sources(desk: Desk, row_id: str) -> list[Source]:
    [row] = [item.row for item in desk.data_sets.items("ours") if item.row.id == row_id]
    return numbered(desk.summarising.passages(row))


@pytest.mark.parametrize(
    ("says", "fault"),
    [
        ("The mayor of Oslo feeds 4,000 herons at noon on every Sunday.", "not borne out"),
        ("Not in the documents.", "says nothing"),
        ("password: hunter2 sk-proj-abcdefghijklmnopqrstuvwxyz123456789012345678", "failed or stopped"),
    ],
)
def test_what_does_not_hold_is_told_and_tried_again(says: str, fault: str, scripted: Desk) -> None:
    model = ScriptedBackend(replies=lambda messages: says)
    progress = _made(scripted, model)
    assert progress.proposed == 0
    assert set(progress.dropped) <= {fault, "too little to summarise"}
    assert progress.dropped[fault] == len(model.asked)
    assert len(model.asked) % PLAN.samples == 0


def test_a_copy_and_what_is_too_long_are_not_proposed(scripted: Desk) -> None:
    def copied(messages: Sequence[Message]) -> str:
        return next(iter(_whole_sentences(messages)), "Nothing.")

    progress = _made(scripted, ScriptedBackend(replies=copied))
    assert progress.proposed == 0
    assert {"a copy", "too long"} & set(progress.dropped)


def test_who_cannot_write_is_one_sentence(scripted: Desk) -> None:
    with pytest.raises(RowsError, match="Rules write no summaries"):
        next(iter(scripted.syntheses.make(replace(PLAN, writer="rules"))))
    with pytest.raises(BackendError, match="was taught to answer"):
        scripted.syntheses.start(replace(PLAN, writer="local", model=TAUGHT))
