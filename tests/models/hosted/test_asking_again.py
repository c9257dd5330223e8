"""Answers of a hosted model that came to nothing: what is asked again, when, and what is not."""

import time
from collections.abc import Callable

import pytest

from models.backend import BackendError, Message, TextDelta
from models.hosted import HostedBackend
from tests.models.hosted.misbehaving import (
    ANSWER,
    Route,
    Server,
    answer,
    fails,
    hangs_up,
    in_turn,
    piece,
    streams,
)

Make = Callable[..., HostedBackend]
QUESTION = [Message(role="system", content="Be brief."), Message(role="user", content="Where is the key?")]


@pytest.mark.parametrize("first", [fails(500), fails(503), fails(529), fails(429), hangs_up, streams()])
def test_what_came_to_nothing_is_asked_again(backend: HostedBackend, server: Server, first: Route) -> None:
    server.chat = in_turn(first, first, streams(*ANSWER))

    assert answer(backend.stream(QUESTION))[0] == "The key is here."
    assert len(server.asked) == 3


def test_not_more_often_than_set(make_backend: Make, server: Server) -> None:
    server.chat = fails(503)

    with pytest.raises(BackendError, match="503"):
        list(make_backend(retries=1).stream(QUESTION))
    assert len(server.asked) == 2


def test_waits_as_long_as_the_server_asks(backend: HostedBackend, server: Server) -> None:
    server.chat = in_turn(fails(429, Retry_After="0.5"), streams(*ANSWER))
    backend.warm()
    began = time.monotonic()

    answer(backend.stream(QUESTION))

    assert time.monotonic() - began >= 0.5


def test_who_would_have_to_wait_long_is_told_so(backend: HostedBackend, server: Server) -> None:
    server.chat = fails(429, Retry_After="90")

    with pytest.raises(BackendError, match="try again in 90 s"):
        list(backend.stream(QUESTION))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "refusal", [fails(401), fails(403), fails(404), fails(400), fails(429, code="insufficient_quota")]
)
def test_what_will_not_change_is_not_asked_again(backend: HostedBackend, server: Server, refusal: Route) -> None:
    server.chat = refusal

    with pytest.raises(BackendError):
        list(backend.stream(QUESTION))
    assert len(server.asked) == 1


def test_an_answer_that_has_begun_is_not_asked_for_again(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(piece("The "), done=False)

    with pytest.raises(BackendError, match=f"The answer from “{server.name}” was cut off: ask again"):
        list(backend.stream(QUESTION))
    assert len(server.asked) == 1


def test_what_has_come_is_given_before_an_answer_is_cut_off(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(piece("The "), piece("key"), done=False)
    stream = backend.stream(QUESTION)

    assert [next(stream), next(stream)] == [TextDelta(text="The "), TextDelta(text="key")]
    with pytest.raises(BackendError, match="cut off"):
        next(stream)
