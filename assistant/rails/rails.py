"""The rails of a turn: on the question, on the answer while it streams and as a whole, and over personal data."""

import logging
import threading
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from assistant.rails.credentials import Credentials
from assistant.rails.guardrails import RAILS, UNCHECKED, Guardrails, Stage, Watch
from assistant.rails.leaks import PromptLeak
from assistant.rails.loop import Loop
from assistant.rails.masking import Masking
from assistant.rails.questions import judge_of
from assistant.rails.verdict import Judge, Verdict
from models.backend import BackendError, BackendEvent, Completed, TextDelta

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class Rails:
    """Loads NeMo Guardrails when first needed. Thread-safe. No method raises: a rail that breaks blocks.

    What a backend raises while its answer is checked passes through.
    """

    def __init__(self, *, secrets: Collection[str] = (), timeout_s: float = 10) -> None:
        """`secrets` are the desk's own, which no answer may hold; `timeout_s` is for one check."""
        self._credentials = Credentials(secrets)
        self._timeout_s = timeout_s
        self._guardrails: Guardrails | None = None
        self._loop: Loop | None = None
        self._making = threading.Lock()

    def warm(self) -> None:
        """Load what the first turn would wait for."""
        self.check_question("warm up")
        self.check_answer("warm up", question="", system="")
        with suppress(BackendError):  # which says so again where something is to be masked
            self.masking().mask("warm up")

    def check_question(self, text: str) -> Verdict:
        """Injection and jailbreak rules on what a person asks."""
        return self._check("input", text, lambda: {rail: judge_of(rail) for rail in RAILS["input"]})

    def check_answer(self, text: str, *, question: str, system: str) -> Verdict:
        """Leaks of `system`, the system prompt, and of secrets in a whole answer."""
        return self._check("output", text, lambda: self._judges(question, system))

    def stream(self, events: Iterator[BackendEvent], *, question: str, system: str) -> Iterator[BackendEvent | Verdict]:
        """A backend's events, each text only once the rails have let it through.

        A blocking `Verdict`, without text, is the last event, and the backend is ended before it. Closing this
        iterator ends the backend, too.
        """
        watch: Watch | None = None
        try:
            opened = self._open(question, system)
            if isinstance(opened, Verdict):
                yield opened
                return
            watch = opened
            for event in events:
                shown = self._step(watch, event)
                if isinstance(shown, Verdict):
                    _end(events)
                    yield shown
                    return
                if shown:
                    yield TextDelta(text=shown)
                if not isinstance(event, TextDelta):
                    yield event
        finally:
            _end(events)
            if watch is not None:
                self._close(watch)

    def masking(self) -> Masking:
        """A new one, for one turn."""
        return Masking()

    def close(self) -> None:
        """End the background work."""
        with self._making:
            if self._loop is not None:
                self._loop.close()
                self._loop = None

    def _judges(self, question: str, system: str) -> Mapping[str, Judge]:
        """The output rails of one turn."""
        return {"prompt leak": PromptLeak(system, question).judge, "secret": self._credentials.judge}

    def _check(self, stage: Stage, text: str, judges: Callable[[], Mapping[str, Judge]]) -> Verdict:
        try:
            return self._run(self._loaded().check(stage, text, judges()))
        except Exception as error:
            return self._broken(stage, text, error)

    def _open(self, question: str, system: str) -> Watch | Verdict:
        try:
            return self._loaded().watch(self._judges(question, system))
        except Exception as error:
            return self._broken("output", "", error)

    def _step(self, watch: Watch, event: BackendEvent) -> str | Verdict:
        """What an event lets be shown before it, or the verdict that ends the stream."""
        try:
            match event:
                case TextDelta(text=piece):
                    return self._run(watch.feed(piece))
                case Completed():
                    return self._run(watch.end())
                case _:
                    return ""
        except Exception as error:
            return self._broken("output", "", error)

    def _close(self, watch: Watch) -> None:
        try:
            self._run(watch.close())
        except Exception as error:
            _LOG.warning("A check could not be ended (%s).", type(error).__name__)

    def _loaded(self) -> Guardrails:
        with self._making:
            if self._guardrails is None:
                self._guardrails = Guardrails()
            return self._guardrails

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._making:
            loop = self._loop = self._loop or Loop()
        try:
            return loop.run(work, timeout_s=self._timeout_s)
        except TimeoutError:
            # Whatever hangs there must not hold up the turns after this one.
            with self._making:
                if self._loop is loop:
                    self._loop = None
            raise

    @staticmethod
    def _broken(stage: Stage, text: str, error: Exception) -> Verdict:
        # Without the error's message, which may quote what a person wrote.
        _LOG.error("The %s rails broke (%s).", stage, type(error).__name__)
        return Verdict(action="block", text=text, rail=RAILS[stage][0], reason=UNCHECKED[stage])


def _end(events: Iterator[BackendEvent]) -> None:
    """Close a backend's stream; one that is no generator has nothing to close."""
    if close := getattr(events, "close", None):
        close()
