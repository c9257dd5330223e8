"""Who is asking: people who have signed in by their account, all others by a cookie that this server gave them."""

import hashlib
import re
import secrets
from http.cookies import CookieError, SimpleCookie

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "refdesk_visitor"
_KEPT_S = 365 * 24 * 3600
_MADE_HERE = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes in base64."""


class Visitors:
    """ASGI middleware: gives each browser that has none a cookie that nobody can guess, with the page itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or not _needs_cookie(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return

        async def give_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", _new_cookie(is_secure=scope["scheme"] == "https"))
            await send(message)

        await self._app(scope, receive, give_cookie)


def this_person() -> str:
    """A pseudonym of the person whose page this is: the same at every visit, and from it nobody learns who it is.

    Without an account and without cookies it is that of this one visit.
    """
    account = st.user.get("sub") if st.user.get("is_logged_in") else None
    visitor = _valid(st.context.cookies.get(COOKIE, ""))
    if account:
        identity = f"account:{st.user.get('iss', '')}:{account}"
    elif visitor:
        identity = f"visitor:{visitor}"
    else:
        identity = f"visit:{st.session_state.setdefault('visit', secrets.token_urlsafe(32))}"
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def _needs_cookie(headers: Headers) -> bool:
    # Only with the page: it asks for many files at once, and each would bring another cookie.
    return "text/html" in headers.get("accept", "") and not _visitor(headers.get("cookie", ""))


def _visitor(header: str) -> str:
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return ""
    return _valid(cookies[COOKIE].value) if COOKIE in cookies else ""


def _valid(value: str) -> str:
    return value if _MADE_HERE.fullmatch(value) else ""


def _new_cookie(*, is_secure: bool) -> str:
    secure = "; Secure" if is_secure else ""
    return f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; Max-Age={_KEPT_S}; HttpOnly; SameSite=Lax{secure}"
