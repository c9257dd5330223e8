"""The connection to a server: one thread with an event loop, in which a request can be given up at any moment."""

import asyncio
import threading
import time
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlsplit

from models.backend import BackendError
from models.hosted.address import checked_address
from models.hosted.failures import Failure, Nonsense, failure_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_LIST_TIMEOUT_S = 10.0
_LIST_FRESH_S = 300.0
_FAILURE_FRESH_S = 10.0
"""So that a page which is drawn again and again does not wait each time for a server that is away."""
_NO_LIST = (403, 404, 405, 501)
"""What servers without a list of models answer, and those that show it to some keys only."""
_MOST_MODELS = 1000

Request = Callable[["AsyncOpenAI"], Coroutine[Any, Any, None]]


class HostedServer:
    """A server that speaks OpenAI's chat API, at `base_url` (up to and with “/v1”).

    Nothing is imported and nothing asked until it is first needed. Thread-safe.
    """

    def __init__(self, base_url: str, *, api_key: str = "", timeout_s: float = 30.0) -> None:
        """Raises `BackendError` when `base_url` is no address."""
        try:
            address = checked_address(base_url)
        except ValueError as error:
            raise BackendError(f"hosted.base_url is wrong. {error}") from None
        self.name = urlsplit(address).netloc
        self.timeout_s = timeout_s
        self._connection = _Connection(address, api_key.strip())
        # The thread knows only the connection, so a server that nobody holds any more is let go.
        self._close = weakref.finalize(self, self._connection.close)
        self._listing = threading.Lock()  # guards the two below
        self._listed: list[str] | BackendError = []
        self._fresh_until = 0.0

    def models(self) -> list[str]:
        """Names of the models it offers; empty where it does not tell. Asked anew after some minutes.

        Raises:
            BackendError: it cannot be asked.
        """
        with self._listing:
            if time.monotonic() > self._fresh_until:
                self._listed = self._ask_for_models()
                fresh_s = _FAILURE_FRESH_S if isinstance(self._listed, BackendError) else _LIST_FRESH_S
                self._fresh_until = time.monotonic() + fresh_s
            if isinstance(self._listed, BackendError):
                raise BackendError(str(self._listed))
            return list(self._listed)

    def start(self, request: Request) -> Future[None]:
        """Begin a request; cancelling the future ends it and its connection at once.

        Raises:
            BackendError: the server is closed.
        """
        return self._connection.start(request)

    def failure(self, error: Exception, *, model: str | None = None) -> Failure:
        """What went wrong with asking this server."""
        connection = self._connection
        return failure_of(error, server=self.name, model=model, timeout_s=self.timeout_s, key=connection.key)

    def close(self) -> None:
        """End every request; later ones raise `BackendError`."""
        self._close()

    def _ask_for_models(self) -> list[str] | BackendError:
        listed: list[str] = []
        timeout_s = min(self.timeout_s, _LIST_TIMEOUT_S)

        async def ask(client: "AsyncOpenAI") -> None:
            async with asyncio.timeout(timeout_s):
                listed.extend(_names(await client.get("/models", cast_to=object)))

        try:
            self.start(ask).result()
        except BackendError as error:
            return error
        except Exception as error:
            if getattr(error, "status_code", None) in _NO_LIST:
                return []
            failure = failure_of(error, server=self.name, timeout_s=timeout_s, key=self._connection.key)
            return BackendError(failure.sentence)
        return listed


class _Connection:
    """The SDK's client in an event loop of its own."""

    def __init__(self, address: str, key: str) -> None:
        self.key = key
        self._address = address
        self._client: AsyncOpenAI | None = None
        self._changing = threading.Lock()  # guards the two below
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def start(self, request: Request) -> Future[None]:
        with self._changing:
            if self._closed:
                raise BackendError("The connection to the hosted model is closed.")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                # A daemon, since the interpreter waits for other threads before anybody could close this one.
                self._thread = threading.Thread(target=self._loop.run_forever, name="hosted", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(self._run(request), self._loop)

    def close(self) -> None:
        with self._changing:
            closed, self._closed = self._closed, True
        if closed or self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        if threading.current_thread() is not self._thread:
            self._thread.join()
            self._loop.close()

    async def _run(self, request: Request) -> None:
        from models.hosted.client import make_client

        self._client = self._client or make_client(self._address, self.key)
        await request(self._client)

    async def _end(self) -> None:
        running = asyncio.all_tasks() - {asyncio.current_task()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._client:
            await self._client.close()
        asyncio.get_running_loop().stop()


def _names(listed: Any) -> list[str]:
    """Names of the models in what a server answers; a bare list will do as well."""
    entries = listed.get("data") if isinstance(listed, dict) else listed
    if not isinstance(entries, list):
        raise Nonsense
    names = [entry.get("id") for entry in entries if isinstance(entry, dict)]
    return list(dict.fromkeys(name for name in names if _is_name(name)))[:_MOST_MODELS]


def _is_name(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and 0 < len(name) <= 200 and name.isprintable()
