"""A turn under way: it goes on while pages come and go, and whoever looks on draws what is there."""

import logging
import threading
import time
from collections.abc import Iterator

from assistant.answered import Answered
from assistant.events import Section, TurnEvent
from models.backend import BackendInfo, Queued, Reading

_LOG = logging.getLogger(__name__)

_LISTEN_S = 0.2


class LiveTurn:
    """Works a turn off in a thread of its own, so that drawing the page anew does not end it."""

    def __init__(
        self, question: str, turn: Iterator[TurnEvent], *, writer: BackendInfo | None, stop: threading.Event
    ) -> None:
        self.answered = Answered(question=question)
        """What has come so far."""
        self.writer = writer
        """The model that writes; None where quotes are the answer."""
        self.progress: Queued | Reading | None = None
        """What the model is doing while it does not write."""
        self.section: Section | None = None
        """The section of a long document that is summarised."""
        self._sections_s: float | None = None
        self.ended = threading.Event()
        self._turn = turn
        self._stop = stop
        self._changed = threading.Condition()
        self._version = 0
        threading.Thread(target=self._work, name="turn", daemon=True).start()

    def stop(self) -> None:
        """End it soon; what has come is kept."""
        self._stop.set()

    @property
    def left_s(self) -> float | None:
        """Seconds until all sections of a round are summarised; None before the first one is."""
        if self.section is None or self._sections_s is None or not self.section.done:
            return None
        return (time.monotonic() - self._sections_s) / self.section.done * (self.section.total - self.section.done)

    def changes(self) -> Iterator[None]:
        """Yields once for what is there, again when there is more or nothing new for a while, and at the end.

        Only a draw lets Streamlit hear of a click, so somebody who draws at each hears of it soon.
        """
        seen = -1
        while not self.ended.is_set():
            seen = self._wait_for_more_than(seen)
            yield
        yield

    def _wait_for_more_than(self, seen: int) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._version != seen, timeout=_LISTEN_S)
            return self._version

    def _work(self) -> None:
        try:
            for event in self._turn:
                if isinstance(event, Section):
                    self.section = event
                    if not event.done:  # what the sections came to is read in sections again
                        self._sections_s = time.monotonic()
                elif isinstance(event, Queued | Reading):
                    self.progress = event
                else:
                    self.answered.add(event)
                self._tell()
        except Exception:
            _LOG.exception("A turn broke")  # what is kept of it is without an end, and the page says so
        self.ended.set()
        self._tell()

    def _tell(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify_all()
