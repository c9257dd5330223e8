"""Answers of a hosted model: events, counts, what it refuses to be asked, being stopped."""

import gc
import itertools
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.backend import BackendError, BackendEvent, Completed, Message, Sampling, TextDelta
from models.hosted import HostedBackend
from tests.models.hosted.misbehaving import (
    ANSWER,
    Route,
    Server,
    answer,
    fails,
    in_turn,
    piece,
    sends,
    streams,
    usage,
)

Make = Callable[..., HostedBackend]
QUESTION = [Message(role="system", content="Be brief."), Message(role="user", content="Where is the key?")]


# Answering


def test_says_what_it_is(backend: HostedBackend) -> None:
    assert (backend.info.backend, backend.info.model, backend.info.is_here) == ("hosted", "small", False)


def test_streams_an_answer_and_the_servers_count(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(*ANSWER[:-1], usage(20, 3, prompt_tokens_details={"cached_tokens": 16}))

    events = list(backend.stream(QUESTION, sampling=Sampling(max_tokens=50, temperature=0.5)))

    assert [event.text for event in events[:-1] if isinstance(event, TextDelta)] == ["The ke", "y is ", "here."]
    completed = events[-1]
    assert isinstance(completed, Completed)
    assert (completed.reason, completed.estimated) == ("stop", False)
    assert (completed.prompt_tokens, completed.reused_tokens, completed.completion_tokens) == (20, 16, 3)
    assert completed.first_token_s is not None
    (asked,) = server.asked
    assert (asked["model"], asked["max_tokens"], asked["temperature"], asked["stream"]) == ("small", 50, 0.5, True)
    assert asked["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Where is the key?"},
    ]


@pytest.mark.parametrize(("named", "served"), [("small-2026", "small-2026"), ("", None), (7, None), (None, None)])
def test_tells_the_model_that_the_server_says_has_answered(
    backend: HostedBackend, server: Server, named: object, served: str | None
) -> None:
    server.chat = streams(*(event | {"model": named} for event in ANSWER))

    text, completed = answer(backend.stream(QUESTION))

    assert (text, completed.served) == ("The key is here.", served)


def test_estimates_the_tokens_that_nobody_counted_and_says_so(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(*ANSWER[:-1])

    _, completed = answer(backend.stream(QUESTION))

    assert completed.estimated
    assert completed.prompt_tokens == backend.count_tokens(QUESTION)
    assert completed.completion_tokens >= 3


def test_a_count_that_makes_no_sense_spoils_no_answer(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(*ANSWER[:-1], {"choices": None, "usage": {"prompt_tokens": -1, "completion_tokens": "?"}})

    text, completed = answer(backend.stream(QUESTION))

    assert (text, completed.estimated) == ("The key is here.", True)


def test_an_answer_is_whole_without_the_end_of_the_stream(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(*ANSWER[:-1], done=False)

    assert answer(backend.stream(QUESTION))[0] == "The key is here."


def test_an_answer_that_reached_its_limit_says_so(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(piece("The"), piece(finish="length"))

    assert answer(backend.stream(QUESTION))[1].reason == "length"


def test_reasoning_is_not_the_answer(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(piece(reasoning_content="Hm, "), piece(reasoning="keys…"), *ANSWER)

    text, completed = answer(backend.stream(QUESTION))

    assert text == "The key is here."
    assert completed.generation_s > 0


def test_hidden_reasoning_does_not_make_the_model_look_quick(backend: HostedBackend, server: Server) -> None:
    details = {"reasoning_tokens": 500}
    wait: Route = lambda _: time.sleep(0.2)  # noqa: E731
    server.chat = streams(wait, *ANSWER[:-1], usage(20, 503, completion_tokens_details=details))

    _, completed = answer(backend.stream(QUESTION))

    assert completed.generation_s >= 0.2


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_comments_and_other_line_endings_are_understood(backend: HostedBackend, server: Server, ending: str) -> None:
    lines = [": waiting", "", f"data: {json.dumps(piece('Yes.'))}", "", f"data: {json.dumps(piece(finish='stop'))}", ""]
    server.chat = streams("".join(line + ending for line in lines))

    assert answer(backend.stream(QUESTION))[0] == "Yes."


def test_a_stop_string_ends_the_answer_though_the_server_goes_on(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(piece("One li"), piece("ne.\n"), piece("Another."), server.silence)

    text, completed = answer(backend.stream(QUESTION, sampling=Sampling(stop=("\n", ""))))

    assert (text, completed.reason) == ("One line.", "stop")
    assert server.asked[0]["stop"] == ["\n"]
    assert server.hung_up.wait(2)


def test_an_answer_without_end_is_ended(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(*[piece("blah " * 20)] * 30, server.silence)

    _, completed = answer(backend.stream(QUESTION, sampling=Sampling(max_tokens=20)))

    assert completed.reason == "length"


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), data=st.data())
def test_text_arrives_whole_however_it_is_cut(
    backend: HostedBackend, server: Server, text: str, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    bounds = [0, *cuts, len(text)]
    parts = [text[start:end] for start, end in itertools.pairwise(bounds)]
    server.chat = streams(*(piece(part) for part in parts), piece(finish="stop"))

    assert answer(backend.stream(QUESTION))[0] == text


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    event=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(["choices", "delta", "content", "usage", "error", "finish_reason"]), inner
            )
        ),
        max_leaves=8,
    )
)
def test_whatever_is_streamed_ends_in_an_answer_or_a_sentence(make_backend: Make, server: Server, event: Any) -> None:
    server.chat = streams(f"data: {json.dumps(event)}\n\n")
    ended: list[BackendEvent | str] = []
    try:
        ended.extend(make_backend(retries=0).stream(QUESTION))
    except BackendError as error:
        ended.append(str(error))
    assert isinstance(ended[-1], Completed) or server.name in str(ended[-1])


# What a model refuses


def refuses(*names: str) -> Callable[[Server], Route]:
    """Refuse chats with any of these parameters, as OpenAI words it."""

    def with_server(server: Server) -> Route:
        def route(handler: BaseHTTPRequestHandler) -> None:
            found = [name for name in names if name in server.asked[-1]]
            message = f"Unsupported parameter: '{found[0]}' is not supported with this model." if found else ""
            (fails(400, message) if found else streams(*ANSWER))(handler)

        return route

    return with_server


@pytest.mark.parametrize("name", ["stream_options", "max_tokens", "temperature", "stop"])
def test_leaves_out_what_the_model_refuses_and_remembers_it(backend: HostedBackend, server: Server, name: str) -> None:
    server.chat = refuses(name)(server)
    sampling = Sampling(stop=("\n",))

    assert answer(backend.stream(QUESTION, sampling=sampling))[0] == "The key is here."
    assert answer(backend.stream(QUESTION, sampling=sampling))[0] == "The key is here."

    assert [name in asked for asked in server.asked] == [True, False, False]
    if name == "max_tokens":
        assert server.asked[-1]["max_completion_tokens"] == 256


def test_a_server_that_takes_next_to_nothing_is_still_asked(backend: HostedBackend, server: Server) -> None:
    server.chat = refuses("stream_options", "max_tokens", "max_completion_tokens", "temperature")(server)

    assert answer(backend.stream(QUESTION))[0] == "The key is here."
    assert set(server.asked[-1]) == {"model", "messages", "stream"}


def test_a_refusal_by_another_form_is_understood(backend: HostedBackend, server: Server) -> None:
    detail = [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]
    server.chat = in_turn(sends({"detail": detail}, status=422), streams(*ANSWER))

    assert answer(backend.stream(QUESTION))[0] == "The key is here."


# Stopping


def after(seconds: float, act: Callable[[], object]) -> None:
    threading.Timer(seconds, act).start()


@pytest.mark.parametrize("begun", [False, True])
def test_stop_ends_a_silent_stream_at_once(backend: HostedBackend, server: Server, begun: bool) -> None:
    backend.warm()
    stop = threading.Event()
    server.chat = streams(piece("The "), server.silence) if begun else server.silence
    stopped_at: list[float] = []
    after(0.3, lambda: (stopped_at.append(time.monotonic()), stop.set()))

    text, completed = answer(backend.stream(QUESTION, stop=stop))

    assert time.monotonic() - stopped_at[0] < 1  # the server would be silent for ten
    assert (text, completed.reason, completed.estimated) == ("The " if begun else "", "cancelled", True)
    assert server.hung_up.wait(2)


def test_stop_ends_the_wait_between_two_tries(backend: HostedBackend, server: Server) -> None:
    backend.warm()
    stop = threading.Event()
    server.chat = fails(429, Retry_After="15")
    after(0.3, stop.set)
    began = time.monotonic()

    _, completed = answer(backend.stream(QUESTION, stop=stop))

    assert completed.reason == "cancelled"
    assert time.monotonic() - began < 5
    assert len(server.asked) == 1


def test_who_has_stopped_already_asks_nothing(backend: HostedBackend, server: Server) -> None:
    stop = threading.Event()
    stop.set()

    assert answer(backend.stream(QUESTION, stop=stop))[1].reason == "cancelled"
    assert not server.asked


def test_closing_the_iterator_ends_the_connection(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(piece("The "), server.silence)
    stream = backend.stream(QUESTION)
    assert next(stream) == TextDelta(text="The ")

    stream.close()  # type: ignore[attr-defined]

    assert server.hung_up.wait(2)


def test_closing_the_backend_ends_every_answer_in_a_sentence(backend: HostedBackend, server: Server) -> None:
    server.chat = streams(piece("The "), server.silence)
    after(0.3, backend.close)

    with pytest.raises(BackendError, match="closed"):
        list(backend.stream(QUESTION))
    with pytest.raises(BackendError, match="closed"):
        list(backend.stream(QUESTION))
    backend.close()


def test_a_forgotten_backend_leaves_no_thread(make_backend: Make, server: Server) -> None:
    server.chat = streams(*ANSWER)
    forgotten = HostedBackend(server.url, model="small")
    answer(forgotten.stream(QUESTION))
    before = sum(thread.name == "hosted" for thread in threading.enumerate())

    del forgotten
    gc.collect()

    assert sum(thread.name == "hosted" for thread in threading.enumerate()) == before - 1


def test_two_people_are_answered_side_by_side(backend: HostedBackend, server: Server) -> None:
    both = threading.Barrier(2)
    meet: Route = lambda _: both.wait(10)  # noqa: E731
    server.chat = streams(meet, *ANSWER)
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(answer(backend.stream(QUESTION))[0])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == ["The key is here."] * 2


# Models


def test_lists_the_models_and_does_not_ask_each_time(backend: HostedBackend, server: Server) -> None:
    assert backend.models() == ["small", "large"]
    assert backend.models() == ["small", "large"]
    assert len(server.headers) == 1


def test_warming_finds_the_model_and_spends_nothing(backend: HostedBackend, server: Server) -> None:
    told: list[str] = []
    backend.warm(told.append)

    assert told[-1] == "small is ready"
    assert not server.asked


def test_warming_says_that_there_is_no_such_model(make_backend: Make) -> None:
    with pytest.raises(BackendError, match="There is no model “huge” on"):
        make_backend(model="huge").warm()
