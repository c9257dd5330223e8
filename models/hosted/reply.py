"""One answer of a hosted model, as events: asked again while nothing has come, given up when it stalls."""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from models.backend import BackendError, BackendEvent, Completed, Message, Sampling, TextDelta
from models.emission import Emission
from models.hosted.chunks import Choice, Usage, read_chunk, read_usage
from models.hosted.failures import CutOff, Failure, Nonsense, Withheld, is_too_long
from models.hosted.server import HostedServer
from models.hosted.tokens import estimate_prompt

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

_FIRST_DELAY_S = 0.5
_MOST_DELAY_S = 8.0
_MOST_AFTER_S = 20.0
"""A server that asks to be left alone for longer is not asked again: the person is told."""
_USAGE_WAIT_S = 2.0
"""For the count of tokens, when the answer itself is complete."""
_CHARS_A_TOKEN = 4
_MOST_CHARS_A_TOKEN = 24
"""An answer longer than so many for each token allowed is one that the server did not limit."""
_MOST_STOPS = 4
_CAN_DO_WITHOUT = ("stream_options", "max_tokens", "max_completion_tokens", "temperature", "stop")
"""What some servers or models refuse."""


class Reply:
    """An answer on its way, its events given to `emit`.

    `refused` are the parameters that the model is known to refuse; what it refuses now is added.
    """

    def __init__(
        self,
        server: HostedServer,
        model: str,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        retries: int,
        refused: set[str],
        emit: Callable[[BackendEvent], None],
    ) -> None:
        self._server = server
        self._model = model
        self._messages = messages
        self._sampling = sampling
        self._retries = retries
        self._refused = refused
        self._emit = emit
        self._emission = Emission(sampling.stop)
        self._usage: Usage | None = None
        self._served: str | None = None
        self._asked_at = time.perf_counter()
        self._first_at: float | None = None
        self._last_at = 0.0
        self._reasoned = False
        self._pieces = 0
        self._chars = 0

    async def write(self, client: "AsyncOpenAI") -> None:
        """Ask, and emit what comes; `Completed` is the last.

        Raises:
            BackendError: there is no answer, or it broke off.
        """
        for tried in range(self._retries + 1):
            failure = await self._try(client)
            if failure is None:
                return
            begun = self._first_at is not None
            if begun or not failure.retry or tried == self._retries or (failure.after_s or 0) > _MOST_AFTER_S:
                raise BackendError(failure.sentence)
            await asyncio.sleep(max(failure.after_s or 0, _back_off_s(tried)))

    def completed(self, reason: Literal["stop", "length", "cancelled"]) -> Completed:
        """The answer so far, with the server's count of its tokens where that has come."""
        usage, first_at = self._usage, self._first_at
        if usage and usage.reasoning_tokens and not self._reasoned:
            first_at = self._asked_at  # they were written all the same, only not shown
        return Completed(
            reason=reason,
            prompt_tokens=usage.prompt_tokens if usage else estimate_prompt(self._messages),
            reused_tokens=usage.cached_tokens if usage else 0,
            completion_tokens=usage.completion_tokens if usage else max(self._pieces, self._chars // _CHARS_A_TOKEN),
            first_token_s=self._first_at - self._asked_at if self._first_at is not None else None,
            generation_s=self._last_at - first_at if first_at is not None and self._last_at else 0.0,
            estimated=usage is None,
            served=self._served,
        )

    async def _try(self, client: "AsyncOpenAI") -> Failure | None:
        from openai import APIConnectionError

        try:
            await self._ask(client)
        except Exception as error:
            broke = self._first_at is not None and isinstance(error, TimeoutError | APIConnectionError)
            return self._server.failure(CutOff() if broke else error, model=self._model)
        return None

    async def _ask(self, client: "AsyncOpenAI") -> None:
        async with await self._begin(client) as stream:
            if "text/event-stream" not in stream.response.headers.get("Content-Type", ""):
                raise Nonsense
            finish = await self._read_answer(stream)
            if not self._curtailed:
                await self._read_count(stream)
        if finish == "content_filter":
            raise Withheld
        if finish == "error":
            raise CutOff
        self._say(self._emission.finish())
        self._emit(self.completed("length" if finish == "length" else "stop"))

    async def _read_answer(self, stream: Any) -> str:
        """Give on what comes until the answer ends; gives how it ended."""
        finish: str | None = None
        while finish is None:
            async with asyncio.timeout(self._server.timeout_s):
                event = await anext(stream, None)
            if event is None:
                raise CutOff
            chunk = read_chunk(event)
            self._served = self._served or chunk.served
            self._usage = read_usage(chunk.usage) or self._usage
            if chunk.choices:
                finish = self._read(chunk.choices[0])
        return finish

    async def _read_count(self, stream: Any) -> None:
        """Read on to the end, where the tokens are counted; the answer is whole without that."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_USAGE_WAIT_S):
                async for event in stream:
                    self._usage = read_usage(read_chunk(event).usage) or self._usage

    async def _begin(self, client: "AsyncOpenAI") -> Any:
        """The stream of an answer, asked for without what the model refuses."""
        from openai import APIStatusError

        refused = set(self._refused)
        while True:
            parameters = self._parameters(refused)
            try:
                async with asyncio.timeout(self._server.timeout_s):
                    stream = await client.chat.completions.create(**parameters)
            except APIStatusError as error:
                name = _refused_parameter(error, parameters)
                if name is None:
                    raise
                refused.add(name)
            else:
                self._refused |= refused
                return stream

    def _parameters(self, refused: set[str]) -> dict[str, Any]:
        sampling = self._sampling
        parameters: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in self._messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_completion_tokens" if "max_tokens" in refused else "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
        }
        if stops := [stop for stop in sampling.stop if stop]:
            parameters["stop"] = stops[:_MOST_STOPS]  # the emission sees to all of them
        return {name: value for name, value in parameters.items() if name not in refused}

    def _read(self, choice: Choice) -> str | None:
        """Take in the next piece; gives how the answer ended, when it has."""
        delta = choice.delta
        if delta and (delta.content or delta.reasoning_content or delta.reasoning):
            self._last_at = time.perf_counter()
            self._first_at = self._first_at or self._last_at
            self._pieces += 1
            self._reasoned = self._reasoned or not delta.content
            text = delta.content or ""
            self._chars += len(text)
            self._say(self._emission.feed(text.encode("utf-8", "surrogatepass")))
            if self._emission.stopped:
                return "stop"
            if self._is_too_long:
                return "length"
        return choice.finish_reason

    @property
    def _is_too_long(self) -> bool:
        return self._chars > _MOST_CHARS_A_TOKEN * self._sampling.max_tokens

    @property
    def _curtailed(self) -> bool:
        """Whether the answer ended here, while the server would go on."""
        return self._emission.stopped or self._is_too_long

    def _say(self, text: str) -> None:
        if text:
            self._emit(TextDelta(text=text))


def _refused_parameter(error: "APIStatusError", parameters: Mapping[str, Any]) -> str | None:
    """The parameter that a server objects to, when it can be left out or said otherwise."""
    if error.status_code not in (400, 422) or is_too_long(error):
        return None
    text = f"{error.message} {error.body}"[:4000]
    for name in _CAN_DO_WITHOUT:
        # A name that is also a word counts only in quotes.
        pattern = rf"\b{name}\b" if "_" in name else rf"['\"`]{name}['\"`]"
        if name in parameters and (error.param == name or re.search(pattern, text)):
            return name
    return None


def _back_off_s(tried: int) -> float:
    """Twice as long each time, and never quite the same, so that many who were refused do not come back at once."""
    return min(_FIRST_DELAY_S * 2.0**tried, _MOST_DELAY_S) * random.uniform(0.75, 1.25)  # noqa: S311
