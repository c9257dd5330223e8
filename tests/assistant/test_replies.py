from collections.abc import Sequence
from threading import Event

import pytest

from assistant.rails import Rails
from assistant.replies import json_of, whole_reply
from models.backend import Message, Sampling
from models.scripted import ScriptedBackend


def test_the_backend_sees_placeholders_and_the_reply_keeps_them() -> None:
    seen: list[Message] = []

    def answer(messages: Sequence[Message]) -> str:
        seen.extend(messages)
        return " It is said. "

    backend = ScriptedBackend(answer)
    masking = Rails(secrets=()).masking()
    question = Message(role="user", content="Who is ann@example.org?")
    reply = whole_reply(backend, [question], sampling=Sampling(), masking=masking, stop=Event())
    assert (reply.text, reply.reason) == ("It is said.", "stop")
    [shown] = seen
    assert "ann@example.org" not in shown.content
    assert masking.unmask(shown.content) == question.content


def test_a_reply_that_was_stopped_says_so() -> None:
    stop = Event()
    stop.set()
    reply = whole_reply(ScriptedBackend(["It"]), [], sampling=Sampling(), masking=None, stop=stop)
    assert reply.reason == "cancelled"


@pytest.mark.parametrize("text", ['{"a": [1]}', '```json\n{"a": [1]}\n```', ' ```\n{"a": [1]}``` '])
def test_json_is_read_with_its_fence(text: str) -> None:
    assert json_of(text) == {"a": [1]}


@pytest.mark.parametrize("text", ["", "Here: {}", "```json\n{}\n``` so", "[" * 100_000])
def test_what_is_no_json_alone_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (json's own)
        json_of(text)
