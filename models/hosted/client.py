"""The openai SDK's client, made to send nothing but the question and the key, and to nobody but the server.

Imported when first needed: the SDK takes a second.
"""

from collections.abc import AsyncIterator

import httpx2
import openai

from models.backend import BackendError
from models.hosted.address import is_loopback

_HEADERS = {"host", "accept", "connection", "content-type", "content-length", "user-agent"}
"""What a request says besides the key; the SDK adds the machine's make and what OPENAI_… variables hold."""
_MOST_BYTES = 32 * 2**20
"""Of one response: far more than the longest answer is."""


def make_client(address: str, key: str) -> openai.AsyncOpenAI:
    """A client of the server at `address`, without time-outs and retries of its own.

    Raises:
        BackendError: the key cannot be one.
    """
    if not key.isascii() or not key.isprintable() or " " in key:
        raise BackendError("The key holds a character that no key has: copy it again to hosted.api_key.")
    origin = httpx2.URL(address)

    async def trim(request: httpx2.Request) -> None:
        for name in [name for name in request.headers if name.lower() not in _HEADERS]:
            del request.headers[name]
        request.headers["Accept-Encoding"] = "identity"
        if key:
            request.headers["Authorization"] = f"Bearer {key}"

    async def bound(response: httpx2.Response) -> None:
        # What comes packed all the same is left packed, since a small response could become a huge one.
        response.headers.pop("Content-Encoding", None)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Bounded(response.stream)

    return openai.AsyncOpenAI(
        base_url=address,
        api_key="set by trim",  # so that neither the SDK's logs nor its errors can hold the real one
        max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(
            # A redirect is an error: even without the key, the question would go to somebody else.
            follow_redirects=False,
            timeout=None,  # whoever asks waits as long as they want to
            trust_env=not is_loopback(origin.host),  # no proxy between this machine and itself
            event_hooks={"request": [trim], "response": [bound]},
        ),
    )


class _Bounded(httpx2.AsyncByteStream):
    """The bytes of a response, until there are too many."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > _MOST_BYTES:
                raise ValueError("the response is too long")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
