"""A chat model on this machine, through llama.cpp: one thread computes, everybody else waits in line."""

import logging
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue

from filelock import FileLock

from models.backend import BackendError, BackendEvent, BackendInfo, Completed, Message, Queued, Sampling
from models.engine import Engine, EngineError
from models.generation import generate
from models.gguf import ModelFileError, read_gguf
from models.template import ChatTemplate

_LOG = logging.getLogger(__name__)
_STOP_POLL_S = 0.02


class LocalBackend:
    """The GGUF model at `path`, loaded when first needed. Thread-safe; requests are answered in their order.

    `adapter` is laid over its weights; see `models.engine.Engine`. Both are written into `merged` as one file when
    first needed: it takes seconds, and one is read twice as fast. Where that cannot be, they are served as they are.
    `context_tokens` is cut to what the model was trained for, once it is loaded. `threads` defaults to the
    physical cores, and to one for the answer of a small model. Prompt and answer stay in the model's
    memory until the next request, which does not read again what it begins with.
    """

    def __init__(
        self,
        path: Path,
        *,
        adapter: Path | None = None,
        merged: Path | None = None,
        name: str | None = None,
        context_tokens: int = 4096,
        threads: int | None = None,
        beats_quote: bool = False,
        lineage: str | None = None,
    ) -> None:
        self._name = name or path.stem
        self._lineage = lineage
        self._beats_quote = beats_quote
        self._owner = _Owner(path, adapter, merged, self._name, context_tokens, threads)
        # The thread knows only the owner, so a backend that nobody holds any more is freed; and at exit,
        # llama.cpp must have come to rest before the interpreter goes.
        self._close = weakref.finalize(self, self._owner.close)

    @property
    def info(self) -> BackendInfo:
        """What this backend is. Cheap: loads nothing."""
        return BackendInfo(
            backend="local",
            model=self._name,
            context_tokens=self._owner.context_tokens,
            beats_quote=self._beats_quote,
            lineage=self._lineage,
        )

    def warm(self, progress: Callable[[str], None] | None = None) -> None:
        """Load the model and have it read a first prompt.

        Raises:
            BackendError: the model cannot be loaded.
        """
        tell = progress or (lambda _: None)
        tell(f"Loading {self._name}")
        for _ in self.stream([Message(role="user", content="Hello")], sampling=Sampling(max_tokens=1)):
            pass
        tell(f"{self._name} is ready")

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Prompt tokens of `messages`, the template's own included. Loads the model if need be.

        Raises:
            BackendError: the model cannot be loaded, or its template refuses the messages.
        """
        if not self._owner.loaded:
            self.warm()
        return len(self._owner.encode(messages))

    def stream(
        self, messages: Sequence[Message], *, sampling: Sampling | None = None, stop: threading.Event | None = None
    ) -> Iterator[BackendEvent]:
        """Answer `messages`.

        Ends with `Completed`. Setting `stop`, or closing the iterator, ends the computation.

        Raises:
            BackendError: the prompt does not fit, or the model broke.
        """
        request = _Request(list(messages), sampling or Sampling(), stop)
        self._owner.submit(request)
        try:
            while True:
                event = self._next_event(request)
                if isinstance(event, BackendError):
                    raise event
                yield event
                if isinstance(event, Completed):
                    return
        finally:
            self._owner.cancel(request)

    def close(self) -> None:
        """Free the model; later calls raise `BackendError`."""
        self._close()

    def _next_event(self, request: "_Request") -> BackendEvent | BackendError:
        while True:
            watching = request.stop is not None and not request.cancelled
            try:
                return request.events.get(timeout=_STOP_POLL_S if watching else None)
            except Empty:
                # The owner sees `stop` between two steps; this ends the step as well.
                if request.is_cancelled():
                    self._owner.cancel(request)


class _Request:
    """A question in line, or being answered."""

    def __init__(self, messages: list[Message], sampling: Sampling, stop: threading.Event | None) -> None:
        self.messages = messages
        self.sampling = sampling
        self.stop = stop
        self.asked_at = time.perf_counter()
        self.events: SimpleQueue[BackendEvent | BackendError] = SimpleQueue()
        self.cancelled = False
        self.ahead = 0

    def is_cancelled(self) -> bool:
        return self.cancelled or (self.stop is not None and self.stop.is_set())

    def tell_place(self, ahead: int) -> None:
        if ahead != self.ahead:
            self.ahead = ahead
            self.events.put(Queued(ahead=ahead))


class _Owner:
    """The line of requests, and the thread that alone computes with the model."""

    def __init__(
        self,
        path: Path,
        adapter: Path | None,
        merged: Path | None,
        name: str,
        context_tokens: int,
        threads: int | None,
    ) -> None:
        self._path = path
        self._adapter = adapter
        self._merged = merged
        self._name = name
        self._threads = threads
        self.context_tokens = context_tokens
        self._changed = threading.Condition()  # guards all below
        self._waiting: deque[_Request] = deque()
        self._current: _Request | None = None
        self._engine: Engine | None = None
        self._template: ChatTemplate | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def loaded(self) -> bool:
        return self._engine is not None

    def submit(self, request: _Request) -> None:
        with self._changed:
            if self._closed:
                raise self._closed_error()
            if self._thread is None:
                # A daemon, since the interpreter waits for other threads before anybody could close this one.
                self._thread = threading.Thread(target=self._serve, name=f"model {self._name}", daemon=True)
                self._thread.start()
            self._waiting.append(request)
            self._tell_places()
            self._changed.notify()

    def cancel(self, request: _Request) -> None:
        """End `request`, whatever stage it is in; nothing happens when it is over."""
        with self._changed:
            request.cancelled = True
            if request is self._current:
                if self._engine:
                    self._engine.interrupt()
            elif request in self._waiting:
                self._waiting.remove(request)
                request.events.put(_never_started())
                self._tell_places()

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Tokens of the prompt; from any thread, once the model is loaded."""
        engine, template = self._engine, self._template
        if engine is None or template is None:
            raise self._closed_error()
        try:
            return engine.encode(template.segments(messages))
        except (EngineError, ModelFileError) as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        with self._changed:
            self._closed = True
            for request in self._waiting:
                request.events.put(self._closed_error())
            self._waiting.clear()
            if self._current:
                self._current.cancelled = True
                if self._engine:
                    self._engine.interrupt()
            self._changed.notify()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()

    def _serve(self) -> None:
        while request := self._next():
            try:
                self._answer(request)
            except BackendError as error:
                request.events.put(error)
            except Exception as error:
                # What state the model is in is unknown: the next request loads it anew.
                self._unload()
                request.events.put(self._unusable(error))
        self._unload()

    def _next(self) -> _Request | None:
        """Wait for the first in line; None when closed."""
        with self._changed:
            self._current = None
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            self._current = self._waiting.popleft()
            if self._engine:
                self._engine.resume()
            self._tell_places()
            return self._current

    def _answer(self, request: _Request) -> None:
        engine = self._engine or self._load()
        prompt = self.encode(request.messages)
        if len(prompt) >= engine.context_tokens:
            raise BackendError(
                f"The question and its passages are {len(prompt):,} tokens, more than the "
                f"{engine.context_tokens:,} that “{self._name}” can hold: ask with fewer or shorter passages."
            )
        for event in generate(
            engine, prompt, request.sampling, asked_at=request.asked_at, cancelled=request.is_cancelled
        ):
            request.events.put(self._closed_error() if self._closed and isinstance(event, Completed) else event)

    def _load(self) -> Engine:
        path, adapter = self._files()
        try:
            info = read_gguf(path)
            engine = Engine(path, context_tokens=self.context_tokens, threads=self._threads, adapter=adapter)
        except (EngineError, ModelFileError) as error:
            raise self._unusable(error) from error
        self._template = ChatTemplate(
            info.chat_template, name=self._name, bos_token=info.bos_token, eos_token=info.eos_token
        )
        self._engine = engine
        self.context_tokens = engine.context_tokens
        return engine

    def _files(self) -> tuple[Path, Path | None]:
        """The model's file, and an adapter's where the two could not become one."""
        if self._adapter is None or self._merged is None:
            return self._path, self._adapter
        from models.tuning import TuningError, merge_gguf

        try:
            self._merged.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._merged.with_suffix(".lock")):  # other processes may be about it
                if not self._merged.is_file():
                    merge_gguf(self._path, self._adapter, self._merged)
        except (TuningError, OSError) as error:
            _LOG.warning("“%s” stays in two files, and answers more slowly: %s", self._name, error)
            return self._path, self._adapter
        return self._merged, None

    def _unload(self) -> None:
        if self._template:
            self._template.close()
        with self._changed:
            engine, self._engine, self._template = self._engine, None, None
        if engine:
            engine.close()

    def _tell_places(self) -> None:
        # A copy, since the garbage collector may close a forgotten stream, and so cancel it, right here.
        for before, request in enumerate(list(self._waiting)):
            request.tell_place(before + (self._current is not None))

    def _unusable(self, error: Exception) -> BackendError:
        if isinstance(error, ModelFileError):
            return BackendError(str(error))
        return BackendError(f"The model “{self._name}” cannot answer: {error}.")

    def _closed_error(self) -> BackendError:
        return BackendError(f"The model “{self._name}” is closed.")


def _never_started() -> Completed:
    return Completed(
        reason="cancelled", prompt_tokens=0, reused_tokens=0, completion_tokens=0, first_token_s=None, generation_s=0.0
    )
