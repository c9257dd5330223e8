"""Sends the outbox to Langfuse, from one thread of one process."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from assistant.tables import OutboxRow
from assistant.tracing import scores, trace
from assistant.tracing.backoff import Backoff
from assistant.tracing.langfuse import Accepted, Answer, Langfuse, Missing, Refused, Unavailable
from assistant.tracing.outbox import RETRACTION, SCORE, TRACE, Outbox
from assistant.tracing.trace import Mask

_LOG = logging.getLogger(__name__)

_BATCH = 50
_BATCH_CHARS = 1_000_000
"""Of rows sent together; Langfuse takes scores up to one megabyte."""

_REFUSALS_IN_A_ROW = 10
"""So many rows, each alone, and it is not the rows that are at fault."""

_TRIES_TO_DELETE = 6
"""Langfuse takes in late: what is not there yet may still come, and is then to be deleted."""


class Sender:
    """Works off the outbox while it is started. Whatever happens to it or to Langfuse, what was not taken waits.

    One process sends at a time, which a lock file sees to; when it ends, another goes on. What was sent but not
    yet noted as sent is sent again under the same ids, which changes nothing there.
    """

    def __init__(
        self,
        outbox: Outbox,
        langfuse: Langfuse,
        *,
        lock: Path,
        mask: Mask,
        backoff: Backoff | None = None,
        look_s: float = 2.0,
    ) -> None:
        """`look_s` lies between looks for new rows, and for whether the process that sends has ended."""
        self._outbox = outbox
        self._langfuse = langfuse
        self._lock = FileLock(lock)
        self._mask = mask
        self._backoff = backoff or Backoff()
        self._look_s = look_s
        self._failures = 0
        """How often in a row Langfuse was not available."""
        self._refusals = 0
        """How often in a row it refused a row that was sent alone."""
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    def start(self) -> None:
        """Send in a thread of this process; called again it only tells that thread to look now."""
        with self._starting:
            if self._thread is not None and self._thread.is_alive():
                self._tell(self._wake.set)
                return
            self._loop, self._wake = asyncio.new_event_loop(), asyncio.Event()
            self._task = self._loop.create_task(self._work())
            self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread within a second; what is under way is broken off, and sent again next time."""
        with self._starting:
            if self._thread is not None and self._thread.is_alive():
                self._tell(self._task.cancel)
                self._thread.join(timeout=1)

    def _tell(self, what: Callable[[], object]) -> None:
        assert self._loop is not None
        with suppress(RuntimeError):  # the thread has ended just now
            self._loop.call_soon_threadsafe(what)

    def _run(self) -> None:
        assert self._loop is not None
        with closing(self._loop), suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)

    async def _work(self) -> None:
        while True:
            try:
                with self._lock.acquire(timeout=0):
                    async with self._langfuse:
                        await self._send_for_ever()
            except Timeout:
                pass  # another process sends: look again when it may have ended
            except Exception as error:
                # Not the error itself: that of a database may quote what people have said.
                _LOG.warning("Sending to Langfuse broke off (%s); it goes on in a moment.", type(error).__name__)
            await asyncio.sleep(self._look_s)

    async def _send_for_ever(self) -> None:
        while True:
            self._wake.clear()
            rows = self._next()
            if rows:
                await asyncio.sleep(await self._send(rows))
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._look_s)

    def _next(self) -> list[OutboxRow]:
        """Rows to send together: of one kind, and the fewer the oftener they have failed together before.

        So one that is always refused is soon sent alone.
        """
        batch: list[OutboxRow] = []
        chars = 0
        for row in self._outbox.due(_BATCH):
            chars += len(json.dumps(row.body))
            if batch and (
                row.kind != batch[0].kind
                or row.kind not in (TRACE, SCORE)
                or len(batch) >= _BATCH >> max(row.attempts, batch[0].attempts)
                or chars > _BATCH_CHARS
            ):
                break
            batch.append(row)
        return self._outbox.begin(batch) if batch else []

    async def _send(self, rows: Sequence[OutboxRow]) -> float:
        """Send rows and note what became of them; gives the seconds to pause before the next."""
        bodies = []
        sent = []
        for row in rows:
            try:
                bodies.append(_masked(row, self._mask))
                sent.append(row)
            except Exception as error:
                says = f"Its personal data could not be masked ({type(error).__name__}): it is not sent."
                self._put_off([row], says)
            await asyncio.sleep(0)  # whoever asks something just now comes in between
        return self._settle(sent, await self._post(sent[0], bodies)) if sent else 0

    async def _post(self, first: OutboxRow, bodies: Sequence[dict[str, Any]]) -> Answer:
        try:
            if first.kind == TRACE:
                return await self._langfuse.traces(bodies)
            if first.kind == SCORE:
                return await self._langfuse.scores(bodies)
            if first.kind == RETRACTION:
                return await self._langfuse.delete_score(first.key)
            return await self._langfuse.delete_trace(first.key)
        except (ValueError, LookupError, TypeError) as error:
            return Refused(says=f"It cannot be written as Langfuse wants it ({type(error).__name__}).")

    def _settle(self, rows: Sequence[OutboxRow], answer: Answer) -> float:
        match answer:
            case Missing() if rows[0].attempts < _TRIES_TO_DELETE:
                self._put_off(rows, "It is not there yet.")
                return 0
            case Accepted() | Missing():
                self._outbox.done(rows)
                if self._failures:
                    _LOG.info("Langfuse takes what it is sent again.")
                self._failures = self._refusals = 0
                return 0
            case Refused(says=says) if len(rows) > 1:
                self._outbox.put_off(rows, seconds=0, error=says)
                return 0
            case Refused(says=says):
                self._put_off(rows, says)
                self._refusals += 1
                beyond = self._refusals - _REFUSALS_IN_A_ROW
                return self._backoff.seconds(beyond) if beyond > 0 else 0
            case Unavailable(says=says, retry_after_s=retry_after_s):
                self._failures += 1
                if self._failures == 1:
                    _LOG.warning("%s What it is to be told waits.", says)
                pause_s = retry_after_s or self._backoff.seconds(self._failures)
                self._put_off(rows, says, at_least_s=pause_s)
                return pause_s

    def _put_off(self, rows: Sequence[OutboxRow], error: str, *, at_least_s: float = 0) -> None:
        seconds = max(at_least_s, self._backoff.seconds(max(row.attempts for row in rows) + 1))
        self._outbox.put_off(rows, seconds=seconds, error=error)


def _masked(row: OutboxRow, mask: Mask) -> dict[str, Any]:
    if row.kind == TRACE:
        return trace.masked(row.body, mask)
    if row.kind == SCORE:
        return scores.masked(row.body, mask)
    return row.body
