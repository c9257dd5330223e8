"""The chat backend of a hosted model."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from queue import Empty, SimpleQueue

from models.backend import BackendError, BackendEvent, BackendInfo, Completed, Message, Sampling
from models.hosted.reply import Reply
from models.hosted.server import HostedServer
from models.hosted.tokens import estimate_prompt

_STOP_POLL_S = 0.02


class HostedBackend:
    """The model `model` of the server at `base_url` (up to and with “/v1”). Thread-safe; requests run side by side.

    `context_tokens` is the most of prompt and answer together that is to be sent. `timeout_s` is the longest wait
    for the connection and for each next piece of an answer; a request that came to nothing at once is made
    `retries` times more.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str = "",
        model: str,
        context_tokens: int = 16384,
        timeout_s: float = 30.0,
        retries: int = 2,
        beats_quote: bool = False,
    ) -> None:
        """Raises `BackendError` when `base_url` is no address."""
        self._server = HostedServer(base_url, api_key=api_key, timeout_s=timeout_s)
        self._model = model
        self._context_tokens = context_tokens
        self._retries = retries
        self._beats_quote = beats_quote
        self._refused: set[str] = set()

    @property
    def info(self) -> BackendInfo:
        """What this backend is. Cheap: asks nobody."""
        return BackendInfo(
            backend="hosted",
            model=self._model,
            context_tokens=self._context_tokens,
            beats_quote=self._beats_quote,
            is_here=False,
            rewrites=True,
        )

    def models(self) -> list[str]:
        """Names of the models that the server offers; empty where it does not tell.

        Raises:
            BackendError: it cannot be asked.
        """
        return self._server.models()

    def warm(self, progress: Callable[[str], None] | None = None) -> None:
        """Find out whether the server is there, takes the key and has the model; spends no tokens.

        Raises:
            BackendError: one of these is not so.
        """
        tell = progress or (lambda _: None)
        tell(f"Asking “{self._server.name}” for {self._model}")
        offered = self.models()
        if offered and self._model not in offered:
            raise BackendError(
                f"There is no model “{self._model}” on “{self._server.name}”: choose another, or change hosted.models."
            )
        tell(f"{self._model} is ready")

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Prompt tokens of `messages`, estimated: rather too many."""
        return estimate_prompt(messages)

    def stream(
        self, messages: Sequence[Message], *, sampling: Sampling | None = None, stop: threading.Event | None = None
    ) -> Iterator[BackendEvent]:
        """Answer `messages`.

        Ends with `Completed`. Setting `stop`, or closing the iterator, ends the request and its connection.

        Raises:
            BackendError: there is no answer, or it broke off; one sentence that says what to do.
        """
        events: SimpleQueue[BackendEvent | BackendError] = SimpleQueue()
        reply = Reply(
            self._server,
            self._model,
            list(messages),
            sampling or Sampling(),
            retries=self._retries,
            refused=self._refused,
            emit=events.put,
        )
        if stop is not None and stop.is_set():
            yield reply.completed("cancelled")
            return
        request = self._server.start(reply.write)
        request.add_done_callback(lambda ended: _tell_end(ended, events))
        try:
            while True:
                event = _next_event(events, stop)
                if event is None:
                    yield reply.completed("cancelled")
                    return
                if isinstance(event, BackendError):
                    raise event
                yield event
                if isinstance(event, Completed):
                    return
        finally:
            request.cancel()

    def close(self) -> None:
        """End every answer; later calls raise `BackendError`."""
        self._server.close()


def _next_event(
    events: "SimpleQueue[BackendEvent | BackendError]", stop: threading.Event | None
) -> BackendEvent | BackendError | None:
    """What comes next; None when the person has stopped it."""
    while stop is None or not stop.is_set():
        try:
            return events.get(timeout=None if stop is None else _STOP_POLL_S)
        except Empty:
            continue
    return None


def _tell_end(request: "Future[None]", events: "SimpleQueue[BackendEvent | BackendError]") -> None:
    """Whoever waits for the next event learns that there is none; after `Completed` nobody does."""
    try:
        error = request.exception()
    except CancelledError:
        error = BackendError("The connection to the hosted model was closed.")
    if error is not None:
        events.put(
            error if isinstance(error, BackendError) else BackendError(f"The hosted model cannot answer: {error}")
        )
