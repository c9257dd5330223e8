import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event

import pytest

from assistant.events import Source
from assistant.quoting.candidates import Candidate
from assistant.rails import Rails
from assistant.synthesis.asking import Model, parse_reply
from assistant.synthesis.drafts import sentences_of
from models.backend import BackendInfo
from models.scripted import ScriptedBackend

TEXT = "Ask Priya at priya@example.org for a locker. A locker costs £1 for a day. It opens at 9.30 on weekdays."


class Capable(ScriptedBackend):
    """A model on somebody else's machine."""

    @property
    def info(self) -> BackendInfo:
        """As it says of itself."""
        return replace(super().info, backend="hosted", is_here=False, rewrites=True)


@pytest.fixture
def candidates(source: Callable[..., Source]) -> Sequence[Candidate]:
    return sentences_of([source(TEXT, headings=("Lockers",)).passage])


def test_a_capable_model_is_given_the_passage_with_personal_data_masked(candidates: Sequence[Candidate]) -> None:
    items = [
        {
            "question": "What is the price of a locker?",
            "answer": "£1",
            "follow_up": {"question": "When does it open?", "answer": "9.30"},
        },
        {"question": "Who lends lockers?", "answer": "<EMAIL_1>", "follow_up": None},
        {"question": "Who made it up?", "answer": "Nobody knows"},
    ]
    backend = Capable(replies=[f"```json\n{json.dumps(items)}\n```"])
    drafts = list(Model(backend=backend, rails=Rails()).drafts(candidates, stop=Event()))
    assert [(draft.question, draft.answer) for draft in drafts] == [
        ("What is the price of a locker?", "£1"),
        ("When does it open?", "9.30"),
        ("Who lends lockers?", "priya@example.org"),
    ]
    assert [said.content for said in drafts[1].history] == [
        "What is the price of a locker?",
        "A locker costs £1 for a day.",
    ]
    [asked] = backend.asked
    assert "Lockers" in asked[-1].content
    assert "priya@example.org" not in "".join(message.content for message in asked)


def test_a_small_model_is_given_a_sentence_and_its_answer(candidates: Sequence[Candidate]) -> None:
    backend = ScriptedBackend(replies=["Question: What does a locker cost for a day?"])
    [draft] = Model(backend=backend, rails=Rails()).drafts(candidates, stop=Event())
    assert (draft.question, draft.answer) == ("What does a locker cost for a day?", "£1")
    assert backend.asked[0][-1].content == "Sentence: A locker costs £1 for a day.\nAnswer: £1"


@pytest.mark.parametrize("reply", ["", "Sure! [{}]", '{"question": "What?"}', "[1, 2]", "[" * 100_000])
def test_what_is_no_list_of_questions_is_nothing(reply: str, candidates: Sequence[Candidate]) -> None:
    assert parse_reply(reply) == []
    assert list(Model(backend=Capable(replies=[reply or " "]), rails=Rails()).drafts(candidates, stop=Event())) == []
