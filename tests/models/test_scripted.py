"""The scripted backend keeps the promises of every backend."""

import threading

import pytest

from models.backend import BackendError, Completed, Message, Sampling, TextDelta
from models.scripted import ScriptedBackend

ASKED = [Message(role="user", content="How are you?")]


def answer(backend: ScriptedBackend, sampling: Sampling | None = None) -> tuple[list[str], Completed]:
    *events, last = backend.stream(ASKED, sampling=sampling)
    assert isinstance(last, Completed)
    return [event.text for event in events if isinstance(event, TextDelta)], last


def test_gives_the_replies_in_turn_word_by_word() -> None:
    backend = ScriptedBackend(["Very well,\n\nthank you. ", "Still well."])

    words, completed = answer(backend)

    assert "".join(words) == "Very well,\n\nthank you. "
    assert (len(words), completed.reason, completed.completion_tokens) == (4, "stop", 4)
    assert answer(backend)[0] == ["Still", " well."]
    with pytest.raises(BackendError, match="no reply left"):
        answer(backend)


def test_raises_an_exception_among_the_replies_in_its_turn() -> None:
    backend = ScriptedBackend([BackendError("The model broke."), "Better."])

    with pytest.raises(BackendError, match="broke"):
        answer(backend)
    assert answer(backend)[0] == ["Better."]


def test_replies_may_be_made_from_the_messages() -> None:
    backend = ScriptedBackend(lambda messages: messages[-1].content.upper())

    assert "".join(answer(backend)[0]) == "HOW ARE YOU?"
    assert backend.asked == [ASKED]


def test_answers_without_a_script() -> None:
    assert "".join(answer(ScriptedBackend())[0]) == "You asked: How are you?"


def test_keeps_to_the_limit_and_the_stop_strings() -> None:
    backend = ScriptedBackend(["one two three", "one two three"])

    words, completed = answer(backend, Sampling(max_tokens=2))
    assert ("".join(words), completed.reason) == ("one two", "length")
    words, completed = answer(backend, Sampling(stop=(" three",)))
    assert ("".join(words), completed.reason) == ("one two", "stop")


def test_stops_when_it_is_told() -> None:
    stop = threading.Event()
    seen = []
    for event in ScriptedBackend(["word " * 100], delay_s=0.001).stream(ASKED, stop=stop):
        seen.append(event)
        if len(seen) == 3:
            stop.set()

    assert isinstance(seen[-1], Completed)
    assert (seen[-1].reason, seen[-1].completion_tokens) == ("cancelled", 2)


def test_an_empty_reply_is_complete() -> None:
    words, completed = answer(ScriptedBackend([""]))

    assert (words, completed.reason, completed.first_token_s) == ([], "stop", None)


def test_a_closed_one_says_so() -> None:
    backend = ScriptedBackend(["never"])
    backend.close()

    with pytest.raises(BackendError, match="closed"):
        answer(backend)
