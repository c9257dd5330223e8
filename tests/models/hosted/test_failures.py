"""What can go wrong with a server, each in one sentence that says what to do and never holds the key."""

import logging
import re
import socket
import time
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from models.backend import BackendError, Message
from models.hosted import HostedBackend, HostedServer
from tests.models.hosted.misbehaving import KEY, Route, Server, fails, hangs_up, piece, sends, streams

Make = Callable[..., HostedBackend]
QUESTION = [Message(role="user", content="Where is the key?")]


def sentence(backend: HostedBackend) -> str:
    with pytest.raises(BackendError) as caught:
        list(backend.stream(QUESTION))
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 400
    assert KEY not in "".join(traceback.format_exception(caught.value))
    return said


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than comes."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    data = b'data: {"choices": [{"index": 0, "delta": {"content": "The "}}]}\n\n'
    handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


@pytest.mark.parametrize(
    ("route", "says"),
    [
        (fails(401), "does not accept the key: check hosted.api_key"),
        (fails(403, "Not in your plan."), r"may not use “small” on .* \(“Not in your plan.”\): have it allowed"),
        (fails(429, code="insufficient_quota"), "has no credit left: add some"),
        (fails(402, "Insufficient Balance"), "has no credit left"),
        (fails(429, "Slow down."), r"is asked too often \(“Slow down.”\): try again in a minute"),
        (fails(404, "The model `small` does not exist", code="model_not_found"), "There is no model “small” on"),
        (fails(404, 'model "small" not found, try pulling it first'), "There is no model “small” on"),
        (sends("<h1>Not found</h1>", status=404), "has no chat at hosted.base_url: check it"),
        (fails(400, code="context_length_exceeded"), "are too long for “small” on .*: ask a shorter question"),
        (fails(400, "This model's maximum context length is 4096 tokens, and max_tokens…"), "too long for “small”"),
        (fails(400, "Odd.\n\x1b[31mIndeed."), r"refuses the request \(400\) \(“Odd. \[31mIndeed.”\)"),
        (fails(400, code="content_filter"), "content filter of .* withheld the answer: ask in other words"),
        (fails(500, "x" * 5000), r"has trouble of its own \(500\) \(“x+…”\): try again later"),
        (sends("<html>" * 1000, status=502), r"has trouble of its own \(502\): try again later"),
        (sends({"error": ["odd"]}, status=503), r"\(503\): try again later"),
        (
            sends("", status=307, Location="https://else.where/v1"),
            r"set hosted.base_url to that \(https://else.where/v1\)",
        ),
        (sends("", status=301, Location="javascript:alert(1)"), "set hosted.base_url to that.$"),
        (hangs_up, "hung up without an answer: try again"),
        (sends("<h1>Welcome</h1>"), "not OpenAI's chat API: check hosted.base_url"),
        (sends({"choices": []}), "not OpenAI's chat API"),
        (streams("data: {broken\n\n"), "not OpenAI's chat API"),
        (streams('data: {"choices": 5}\n\n'), "not OpenAI's chat API"),
        (streams(), "The answer from .* was cut off: ask again"),
        (streams({"choices": []}), "The answer from .* was cut off: ask again"),
        (streams(piece("The ")), "The answer from .* was cut off: ask again"),
        (breaks_off, "The answer from .* was cut off: ask again"),
        (streams(piece("The "), piece(finish="content_filter")), "content filter of .* withheld"),
        (streams(piece("The "), {"error": {"message": "Overloaded.", "code": 502}}), r"\(502\) \(“Overloaded.”\)"),
        (streams({"error": {"message": "No.", "type": {"odd": 1}}}), r"trouble of its own \(500\) \(“No.”\)"),
        (streams({"error": {"message": "No.", "code": "insufficient_quota"}}), "has no credit left"),
    ],
)
def test_each_failure_has_its_sentence(make_backend: Make, server: Server, route: Route, says: str) -> None:
    server.chat = route
    said = sentence(make_backend(retries=0))
    assert re.search(says, said), said
    assert server.name in said


@pytest.mark.parametrize("begun", [False, True])
def test_a_silent_server_is_given_up(make_backend: Make, server: Server, begun: bool) -> None:
    server.chat = streams(piece("The "), server.silence) if begun else server.silence
    expected = "cut off: ask again" if begun else "did not answer within 0.5 s: try again, or allow it more"
    backend = make_backend(timeout_s=0.5)
    backend.warm()

    assert expected in sentence(backend)
    assert server.hung_up.wait(2)


def test_a_server_that_only_says_that_it_is_alive_is_given_up(make_backend: Make, server: Server) -> None:
    def alive(handler: BaseHTTPRequestHandler) -> None:
        for _ in range(30):
            handler.wfile.write(b": waiting\n\n")
            time.sleep(0.1)

    server.chat = streams(alive)
    assert "did not answer within 0.5 s" in sentence(make_backend(timeout_s=0.5, retries=0))


def test_a_key_that_is_missing_is_asked_for(make_backend: Make, server: Server) -> None:
    server.chat = fails(401)
    assert "wants a key: set hosted.api_key" in sentence(make_backend(api_key=""))
    assert "authorization" not in server.headers[-1]


def test_nobody_there(make_backend: Make) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = sentence(make_backend(f"http://127.0.0.1:{port}/v1", retries=0))
    assert said.startswith(f"“127.0.0.1:{port}” cannot be reached: check that it runs")


def test_no_such_host(make_backend: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    said = sentence(make_backend("https://nowhere.invalid/v1", retries=0))
    assert said == "There is no server “nowhere.invalid”: check hosted.base_url and your network."


def test_no_tls(make_backend: Make, server: Server) -> None:
    said = sentence(make_backend(server.url.replace("http://", "https://"), retries=0))
    assert "No safe connection" in said


def test_no_address() -> None:
    with pytest.raises(BackendError, match=r"hosted\.base_url is wrong\. It must be the address of a server"):
        HostedBackend("api.example.com/v1", model="small")


def test_a_response_without_end_is_given_up(
    make_backend: Make, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.hosted import client

    monkeypatch.setattr(client, "_MOST_BYTES", 100_000)

    def endless(handler: BaseHTTPRequestHandler) -> None:
        for _ in range(1000):
            handler.wfile.write(b"x" * 10_000)

    server.chat = streams("data: ", endless)
    assert "not OpenAI's chat API" in sentence(make_backend())


# Models


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_a_server_without_a_list_of_models_will_do(backend: HostedBackend, server: Server, status: int) -> None:
    server.models = fails(status)
    backend.warm()
    assert backend.models() == []


def test_a_wrong_key_is_found_by_warming(backend: HostedBackend, server: Server) -> None:
    server.models = fails(401)
    with pytest.raises(BackendError, match="does not accept the key"):
        backend.warm()


@pytest.mark.parametrize("body", ["<h1>Welcome</h1>", {"data": "all"}, 5, None])
def test_a_list_that_is_none_is_said_so(backend: HostedBackend, server: Server, body: object) -> None:
    server.models = sends(body)
    with pytest.raises(BackendError, match="not OpenAI's chat API"):
        backend.models()


def test_of_a_list_only_names_are_taken(backend: HostedBackend, server: Server) -> None:
    server.models = sends([{"id": "a"}, {"id": 5}, {"id": "b\n"}, {"id": "c" * 999}, "d", {}, {"id": "a"}])
    assert backend.models() == ["a"]


def test_a_server_that_is_away_is_not_asked_by_every_page(backend: HostedBackend, server: Server) -> None:
    server.models = fails(503)
    for _ in range(3):
        with pytest.raises(BackendError, match="503"):
            backend.models()
    assert len(server.headers) == 1


# The key


def test_the_key_is_in_no_word_of_the_server_that_is_shown(make_backend: Make, server: Server) -> None:
    server.chat = fails(403, f"The key {KEY} is not for this.")
    assert "(“The key … is not for this.”)" in sentence(make_backend())


def test_the_key_stays_with_its_server(make_backend: Make, server: Server) -> None:
    other = Server()
    try:
        for status in (301, 302, 303, 307, 308):
            server.chat = server.models = sends("", status=status, Location=f"{other.url}/chat/completions")
            backend = make_backend()
            sentence(backend)
            with pytest.raises(BackendError, match="to another address"):
                backend.models()
        assert not other.headers
    finally:
        other.close()


def test_the_key_is_in_no_log_and_no_repr(make_backend: Make, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    backend = make_backend()
    backend.warm()
    sentence(backend)
    assert server.headers[-1]["authorization"] == f"Bearer {KEY}"
    assert KEY not in caplog.text
    assert KEY not in repr(backend) + repr(HostedServer(server.url, api_key=KEY))


@pytest.mark.parametrize("key", ["sk-1\nX-Evil: 1", "sk–1", "sk 1"])
def test_a_key_that_cannot_be_one_is_not_sent(make_backend: Make, server: Server, key: str) -> None:
    said = sentence(make_backend(api_key=key))
    assert said == "The key holds a character that no key has: copy it again to hosted.api_key."
    assert not server.headers


def test_what_others_keep_in_the_environment_is_not_sent(
    make_backend: Make, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-somebody-else")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: of-somebody-else\nX-Gateway: of-somebody-else")
    make_backend(api_key="").warm()
    assert "of-somebody-else" not in str(server.headers)
