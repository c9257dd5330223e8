"""From a prompt's tokens to the events of an answer."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from models.backend import BackendEvent, Completed, Reading, Sampling, TextDelta
from models.emission import Emission
from models.engine import READ_TOKENS, Engine


def generate(
    engine: Engine, prompt: Sequence[int], sampling: Sampling, *, asked_at: float, cancelled: Callable[[], bool]
) -> Iterator[BackendEvent]:
    """Read `prompt` and answer it; `cancelled` is asked before every step of either.

    `asked_at` is a time of `time.perf_counter`. The prompt must be shorter than the context.

    Raises:
        EngineError: llama.cpp failed.
    """
    reused = done = engine.recall(prompt)
    yield Reading(done=done, total=len(prompt))
    while done < len(prompt) and not cancelled() and engine.read(prompt[done : done + READ_TOKENS]):
        done = min(done + READ_TOKENS, len(prompt))
        yield Reading(done=done, total=len(prompt))
    written = _Written(reason="cancelled")
    if done == len(prompt):
        written = yield from _write(engine, sampling, engine.context_tokens - len(prompt), cancelled)
    yield Completed(
        reason=written.reason,
        prompt_tokens=len(prompt),
        reused_tokens=reused,
        completion_tokens=written.tokens,
        first_token_s=written.first_at - asked_at if written.tokens else None,
        generation_s=written.last_at - written.first_at,
    )


@dataclass(kw_only=True)
class _Written:
    """How the writing of an answer went."""

    reason: Literal["stop", "length", "cancelled"]
    tokens: int = 0
    first_at: float = 0.0
    last_at: float = 0.0

    def count(self) -> None:
        self.tokens += 1
        self.last_at = time.perf_counter()
        self.first_at = self.first_at or self.last_at


def _write(
    engine: Engine, sampling: Sampling, room: int, cancelled: Callable[[], bool]
) -> Generator[BackendEvent, None, _Written]:
    """Write the answer after a prompt that was read, at most `room` tokens."""
    written = _Written(reason="length")
    emission = Emission(sampling.stop)
    token: int | None = None
    with engine.sampler(sampling.temperature) as choose:
        for _ in range(min(sampling.max_tokens, room)):
            if cancelled() or (token is not None and not engine.read([token])):
                written.reason = "cancelled"
                break
            if not written.tokens and sampling.opening is not None:
                engine.weigh(sampling.opening)
            token = choose()
            if engine.ends(token):
                written.reason = "stop"
                break
            written.count()
            if text := emission.feed(engine.piece(token, first=written.tokens == 1)):
                yield TextDelta(text=text)
            if emission.stopped:
                written.reason = "stop"
                break
    if text := emission.finish():
        yield TextDelta(text=text)
    return written
