"""Downloads from a real server on this machine: broken, slow, lying and leading inward."""

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from models import download as module
from models.download import DownloadError, download, require_room

CONTENT = bytes(range(256)) * 4096  # 1 MiB
Route = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers each path by a function; `asked` keeps the paths and ranges of all requests."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[tuple[str, str | None]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, self.headers["Range"]))
                outer.routes.get(self.path, lambda handler: handler.send_error(404))(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve(
    content: bytes = CONTENT, *, tag: str | None = '"one"', stop_after: int | None = None, claim: int | None = None
) -> Route:
    """Serve `content`, whole or from where the client asks; break off after `stop_after` bytes."""

    def route(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers["Range"]
        start = int(asked[6:-1]) if asked and handler.headers["If-Range"] == tag else 0
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(claim or len(content) - start))
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if tag:
            handler.send_header("ETag", tag)
        handler.end_headers()
        handler.wfile.write(content[start : None if stop_after is None else start + stop_after])

    return route


def breaks_down_after(route: Route, server: Server) -> Route:
    """The first request is served, the others end without an answer."""
    return lambda handler: route(handler) if len(server.asked) == 1 else None


def redirect(to: str) -> Route:
    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return route


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "_RETRY_DELAY_S", 0.0)
    running = Server()
    yield running
    running.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


def test_fetches_a_file_and_tells_how_far_it_is(server: Server, target: Path) -> None:
    server.routes["/m"] = serve()
    told: list[tuple[int, int | None]] = []

    download(f"{server.url}/m", target, progress=lambda done, total: told.append((done, total)))

    assert target.read_bytes() == CONTENT
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in target.parent.iterdir()] == ["model.gguf"]


def test_goes_on_where_the_connection_broke(server: Server, target: Path) -> None:
    server.routes["/m"] = serve(stop_after=400_000)

    download(f"{server.url}/m", target)

    assert target.read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == [None, "bytes=400000-", "bytes=800000-"]


def test_goes_on_in_a_later_try(server: Server, target: Path) -> None:
    server.routes["/m"] = breaks_down_after(serve(stop_after=400_000), server)
    with pytest.raises(DownloadError, match=r"The connection to 127.0.0.1 broke off .*: try again"):
        download(f"{server.url}/m", target)
    server.routes["/m"] = serve()

    download(f"{server.url}/m", target)

    assert target.read_bytes() == CONTENT
    assert server.asked[-1] == ("/m", "bytes=400000-")


def test_begins_again_when_the_file_changed_meanwhile(server: Server, target: Path) -> None:
    server.routes["/m"] = breaks_down_after(serve(b"x" * 1000, stop_after=10), server)
    with pytest.raises(DownloadError):
        download(f"{server.url}/m", target)
    server.routes["/m"] = serve(tag='"two"')

    download(f"{server.url}/m", target)

    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("tag", [None, 'W/"weak"'])
def test_begins_again_when_nothing_proves_that_it_is_the_same_file(
    server: Server, target: Path, tag: str | None
) -> None:
    server.routes["/m"] = serve(tag=tag, stop_after=1000)
    with pytest.raises(DownloadError):
        download(f"{server.url}/m", target)

    assert {asked for _, asked in server.asked} == {None}


def test_a_beginning_from_another_address_is_not_kept(server: Server, target: Path) -> None:
    server.routes["/other"] = breaks_down_after(serve(b"x" * 1000, stop_after=10), server)
    server.routes["/m"] = serve()
    with pytest.raises(DownloadError):
        download(f"{server.url}/other", target)

    download(f"{server.url}/m", target)

    assert target.read_bytes() == CONTENT


def test_begins_again_when_the_server_gives_another_part(server: Server, target: Path) -> None:
    def wrong_part(handler: BaseHTTPRequestHandler) -> None:
        if not handler.headers["Range"]:
            return serve(stop_after=1000)(handler) if len(server.asked) == 1 else serve()(handler)
        handler.send_response(206)
        handler.send_header("Content-Range", "bytes 0-9/10")
        handler.send_header("Content-Length", "10")
        handler.end_headers()
        return None

    server.routes["/m"] = wrong_part

    download(f"{server.url}/m", target)

    assert target.read_bytes() == CONTENT


def test_a_body_longer_than_announced_is_not_taken_over(server: Server, target: Path) -> None:
    server.routes["/m"] = serve(claim=1000)

    download(f"{server.url}/m", target)

    assert target.stat().st_size == 1000


def test_fetches_a_file_of_unknown_length(server: Server, target: Path) -> None:
    def unsized(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(CONTENT)

    server.routes["/m"] = unsized
    totals: set[int | None] = set()

    download(f"{server.url}/m", target, progress=lambda _, total: totals.add(total))

    assert (target.read_bytes(), totals) == (CONTENT, {None})


@pytest.mark.parametrize("announced", [True, False])
def test_refuses_more_than_is_allowed(server: Server, target: Path, announced: bool) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(CONTENT)

    server.routes["/m"] = serve() if announced else endless
    with pytest.raises(DownloadError, match="larger than"):
        download(f"{server.url}/m", target, max_bytes=500_000)

    assert not target.exists() or target.stat().st_size <= 500_000


def test_is_cancelled_between_two_pieces_of_a_slow_answer(server: Server, target: Path) -> None:
    cancel, ended = threading.Event(), threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(2**30))
        handler.end_headers()
        try:
            while not ended.wait(0.01):
                handler.wfile.write(bytes(2**16))
        except OSError:
            ended.set()

    server.routes["/m"] = slow
    with pytest.raises(DownloadError, match="cancelled"):
        download(f"{server.url}/m", target, progress=lambda done, _: cancel.set() if done else None, cancel=cancel)

    assert ended.wait(10)
    assert target.stat().st_size < 2**22


@pytest.mark.parametrize(
    ("status", "says"),
    [(404, "has no such file"), (403, "only to people it knows"), (503, r"cannot give the file \(503"), (304, "304")],
)
def test_a_refusal_is_one_sentence(server: Server, target: Path, status: int, says: str) -> None:
    server.routes["/m"] = lambda handler: handler.send_error(status)

    with pytest.raises(DownloadError, match=says):
        download(f"{server.url}/m", target)

    assert len(server.asked) == 1
    assert not target.exists()


@pytest.mark.parametrize(
    "to", ["{url}/inner", "//localhost:1/inner", "/inner", "https://localhost/inner", "https://127.0.0.1/inner"]
)
def test_a_redirect_never_leads_to_this_machine(server: Server, target: Path, to: str) -> None:
    server.routes["/m"] = redirect(to.format(url=server.url))
    server.routes["/inner"] = serve()

    with pytest.raises(DownloadError, match=r"leads into this network|not reached by https"):
        download(f"{server.url}/m", target)

    assert [path for path, _ in server.asked] == ["/m"]


@pytest.mark.parametrize(
    "host",
    [
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "2130706433",
        "[fe80::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[::]",
        "[::ffff:10.1.2.3]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::a01:203]",
        "[2002:a01:203::1]",
    ],
)
def test_an_address_inside_the_network_is_refused(target: Path, host: str) -> None:
    with pytest.raises(DownloadError, match="leads into this network"):
        download(f"https://{host}/m", target)


def test_a_name_that_leads_inside_is_refused(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "93.184.215.14", "10.0.0.1")

    with pytest.raises(DownloadError, match=r"“models.example” leads into this network \(10.0.0.1\)"):
        download("https://models.example/m", target)


def test_connects_to_the_very_address_that_was_checked(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "93.184.215.14")
    monkeypatch.setattr(module, "_RETRY_DELAY_S", 0.0)
    connected: list[Any] = []

    def refuse(address: Any, *_: Any, **__: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(DownloadError, match=r"The connection to models.example broke off"):
        download("https://models.example/m", target)

    assert set(connected) == {("93.184.215.14", 443)}


@pytest.mark.parametrize(
    "url", ["http://models.example/m", "ftp://models.example/m", "https:///m", "https://[::1/m", "m"]
)
def test_refuses_what_is_not_https(target: Path, url: str) -> None:
    with pytest.raises(DownloadError, match=r"not reached by https|not a web address"):
        download(url, target)


def test_a_full_disk_is_one_sentence(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.routes["/m"] = serve()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DownloadError, match="The disk is full: make room and try again"):
        download(f"{server.url}/m", target)


def test_a_file_larger_than_the_disk_is_refused_beforehand(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="make room and try again"):
        require_room(tmp_path, 2**60)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
