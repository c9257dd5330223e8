"""A chat backend whose answers are known beforehand: for tests, and to show the desk without a model."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from models.backend import (
    BackendError,
    BackendEvent,
    BackendInfo,
    Completed,
    Message,
    Reading,
    Sampling,
    TextDelta,
)

Reply = str | Exception
Replies = Iterable[Reply] | Callable[[Sequence[Message]], str]

_CONTEXT_TOKENS = 4096


class ScriptedBackend:
    """Gives `replies` one after the other, or what the function `replies` makes of the messages.

    An exception among the replies is raised in its turn. A token is a word here, and `delay_s` the time
    that each takes. Without `replies` it says what it was asked. Thread-safe.
    """

    def __init__(self, replies: Replies | None = None, *, delay_s: float = 0.0, beats_quote: bool = False) -> None:
        self.asked: list[list[Message]] = []
        """The messages of every request, oldest first."""
        self._reply = _in_turn(replies) if isinstance(replies, Iterable) else replies or _echo
        self._delay_s = delay_s
        self._beats_quote = beats_quote
        self._lock = threading.Lock()
        self._closed = False

    @property
    def info(self) -> BackendInfo:
        """What this backend is."""
        return BackendInfo(
            backend="scripted", model="scripted", context_tokens=_CONTEXT_TOKENS, beats_quote=self._beats_quote
        )

    def warm(self, progress: Callable[[str], None] | None = None) -> None:
        """Nothing has to be loaded."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Words of `messages`."""
        return sum(len(message.content.split()) for message in messages)

    def stream(
        self, messages: Sequence[Message], *, sampling: Sampling | None = None, stop: threading.Event | None = None
    ) -> Iterator[BackendEvent]:
        """Give the next reply, word by word.

        Raises:
            BackendError: the replies are used up, or the backend is closed.
        """
        sampling, stop, asked_at = sampling or Sampling(), stop or threading.Event(), time.perf_counter()
        text = self._next_reply(messages)
        stop_at = min((at for string in sampling.stop if (at := text.find(string)) >= 0), default=len(text))
        words = re.findall(r"\s*\S+(?:\s+$)?|\s+", text[:stop_at])
        prompt_tokens = self.count_tokens(messages)
        yield Reading(done=prompt_tokens, total=prompt_tokens)
        said, first_at, last_at = 0, asked_at, asked_at
        for word in words[: sampling.max_tokens]:
            if stop.wait(self._delay_s) if self._delay_s else stop.is_set():
                break
            said, last_at = said + 1, time.perf_counter()
            first_at = first_at if said > 1 else last_at
            yield TextDelta(text=word)
        yield Completed(
            reason="stop" if said == len(words) else "length" if said == sampling.max_tokens else "cancelled",
            prompt_tokens=prompt_tokens,
            reused_tokens=0,
            completion_tokens=said,
            first_token_s=first_at - asked_at if said else None,
            generation_s=last_at - first_at,
        )

    def close(self) -> None:
        """End the script."""
        self._closed = True

    def _next_reply(self, messages: Sequence[Message]) -> str:
        if self._closed:
            raise BackendError("The scripted model is closed.")
        with self._lock:
            self.asked.append(list(messages))
            return self._reply(messages)


def _in_turn(replies: Iterable[Reply]) -> Callable[[Sequence[Message]], str]:
    remaining = iter(replies)

    def reply(_: Sequence[Message]) -> str:
        said = next(remaining, None)
        if said is None:
            raise BackendError("The scripted model has no reply left.")
        if isinstance(said, Exception):
            raise said
        return said

    return reply


def _echo(messages: Sequence[Message]) -> str:
    return f"You asked: {messages[-1].content}" if messages else "You asked nothing."
