import re

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.visitors import COOKIE, Visitors

PAGE = {"accept": "text/html,application/xhtml+xml"}


def _client(scheme: str = "http") -> TestClient:
    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(request.cookies.get(COOKIE, "nobody"))

    app = Starlette(routes=[Route("/{path:path}", page)], middleware=[Middleware(Visitors)])
    return TestClient(app, base_url=f"{scheme}://desk.test")


def test_the_page_brings_a_cookie_that_scripts_and_other_sites_cannot_use() -> None:
    cookie = _client().get("/", headers=PAGE).headers["set-cookie"]
    assert re.match(rf"{COOKIE}=[\w-]{{43}}; Path=/; ", cookie)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert "Secure" in _client("https").get("/", headers=PAGE).headers["set-cookie"]


def test_who_has_a_cookie_keeps_it() -> None:
    client = _client()
    client.get("/", headers=PAGE)
    again = client.get("/documents", headers=PAGE)
    assert "set-cookie" not in again.headers
    assert again.text == client.cookies[COOKIE]


def test_every_browser_gets_its_own() -> None:
    assert len({_client().get("/", headers=PAGE).headers["set-cookie"] for _ in range(5)}) == 5


def test_what_the_page_loads_brings_none() -> None:
    assert "set-cookie" not in _client().get("/static/app.js", headers={"accept": "*/*"}).headers


def test_a_cookie_that_was_not_made_here_is_replaced() -> None:
    for forged in (b"", b"short", b"x" * 42 + b"'", b"\xe9" * 43):
        response = _client().get("/", headers={b"accept": b"text/html", b"cookie": COOKIE.encode() + b"=" + forged})
        assert "set-cookie" in response.headers
