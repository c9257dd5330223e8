"""A server on this machine that answers as badly as a test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from models.backend import BackendEvent, Completed, TextDelta

KEY = "sk-secret-4711"
Route = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers chats by `chat` and the list of models by `models`; keeps what was asked."""

    def __init__(self) -> None:
        self.chat: Route = fails(500)
        self.models: Route = sends({"data": [{"id": "small"}, {"id": "large"}]})
        self.asked: list[dict[str, Any]] = []
        """Bodies of the chats."""
        self.headers: list[dict[str, str]] = []
        """Of every request, names in small letters."""
        self.hung_up = threading.Event()
        """Set when a client goes while `silence` keeps it waiting."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                outer.models(self)

            def do_POST(self) -> None:
                outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                outer.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.chat(self)

            def log_message(self, *_: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that has gone."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def silence(self, handler: BaseHTTPRequestHandler) -> None:
        """Say nothing until the client goes."""
        handler.connection.settimeout(10)
        try:
            gone = not handler.connection.recv(1)
        except OSError:
            gone = True
        if gone:
            self.hung_up.set()
        handler.close_connection = True

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def piece(text: str | None = None, *, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One event of a stream."""
    delta = {} if text is None else {"content": text}
    return {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta | more, "finish_reason": finish}],
    }


def usage(prompt: int, completion: int, **more: Any) -> dict[str, Any]:
    """The event that counts the tokens."""
    return {"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion, **more}}


ANSWER = (piece("The ke"), piece("y is "), piece("here."), piece(finish="stop"), usage(20, 3))


def streams(*events: dict[str, Any] | str | Route, done: bool = True, kind: str = "text/event-stream") -> Route:
    """Stream events, then end; a text is sent as it is, a function called."""

    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Connection", "close")
        handler.end_headers()
        for event in (*events, *(["data: [DONE]\n\n"] if done else [])):
            if callable(event):
                event(handler)
            else:
                text = event if isinstance(event, str) else f"data: {json.dumps(event)}\n\n"
                handler.wfile.write(text.encode("utf-8", "surrogatepass"))
            handler.wfile.flush()

    return route


def sends(body: Any, *, status: int = 200, **headers: str) -> Route:
    """Send a whole body."""

    def route(handler: BaseHTTPRequestHandler) -> None:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
        handler.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return route


def fails(status: int, message: str = "No.", *, code: str | None = None, **headers: str) -> Route:
    """Refuse as OpenAI's own server does."""
    return sends({"error": {"message": message, "code": code, "type": None, "param": None}}, status=status, **headers)


def in_turn(*routes: Route) -> Route:
    """Each request its own answer, the last for all that follow."""
    waiting = list(routes)

    def route(handler: BaseHTTPRequestHandler) -> None:
        (waiting.pop(0) if len(waiting) > 1 else waiting[0])(handler)

    return route


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def answer(events: Iterator[BackendEvent]) -> tuple[str, Completed]:
    seen = list(events)
    assert isinstance(seen[-1], Completed)
    return "".join(event.text for event in seen if isinstance(event, TextDelta)), seen[-1]
