"""The hosted backend against a real OpenAI-compatible server: llama-cpp-python's own, with a key."""

import threading
from collections.abc import Iterator

import pytest

from models.backend import BackendError, BackendEvent, Completed, Message, Sampling, TextDelta
from models.hosted import HostedBackend
from tests.conftest import Hosted

QUESTION = [Message(role="user", content="Tell me a long story about a lighthouse.")]


@pytest.fixture
def hosted(hosted_server: Hosted) -> Iterator[HostedBackend]:
    backend = HostedBackend(
        hosted_server.url, api_key=hosted_server.key, model=hosted_server.model, context_tokens=4096, timeout_s=60
    )
    yield backend
    backend.close()


def answer(events: Iterator[BackendEvent]) -> tuple[str, Completed]:
    seen = list(events)
    assert isinstance(seen[-1], Completed)
    return "".join(event.text for event in seen if isinstance(event, TextDelta)), seen[-1]


def test_warms(hosted: HostedBackend, hosted_server: Hosted) -> None:
    hosted.warm()
    assert hosted.models() == [hosted_server.model]


def test_answers(hosted: HostedBackend) -> None:
    text, completed = answer(hosted.stream(QUESTION, sampling=Sampling(max_tokens=24)))

    assert len(text.split()) > 8
    assert completed.reason == "length"
    assert 20 <= completed.completion_tokens <= 28
    assert completed.first_token_s is not None
    assert completed.tokens_per_second is not None


def test_a_stop_string_is_not_part_of_the_answer(hosted: HostedBackend) -> None:
    text, completed = answer(hosted.stream(QUESTION, sampling=Sampling(max_tokens=60, stop=(" the",))))

    assert completed.reason == "stop"
    assert text
    assert " the" not in text


def test_stop_frees_the_server_for_the_next(hosted: HostedBackend) -> None:
    stop = threading.Event()
    last: BackendEvent | None = None
    for last in hosted.stream(QUESTION, sampling=Sampling(max_tokens=2000), stop=stop):
        if isinstance(last, TextDelta):
            stop.set()

    assert isinstance(last, Completed)
    assert last.reason == "cancelled"
    assert answer(hosted.stream(QUESTION, sampling=Sampling(max_tokens=4)))[0]


def test_two_people_are_both_answered(hosted: HostedBackend) -> None:
    answers: list[str] = []

    def ask(name: str) -> None:
        messages = [Message(role="user", content=f"My name is {name}. Greet me.")]
        answers.append(answer(hosted.stream(messages, sampling=Sampling(max_tokens=12)))[0])

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("Ada", "Ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([text for text in answers if text]) == 2


def test_a_wrong_key_is_said_so(hosted_server: Hosted) -> None:
    wrong = HostedBackend(hosted_server.url, api_key="sk-wrong", model=hosted_server.model)
    with pytest.raises(BackendError, match="does not accept the key: check"):
        list(wrong.stream(QUESTION))
    with pytest.raises(BackendError, match="does not accept the key: check"):
        wrong.warm()
    wrong.close()
