"""What the desk does by itself once answers and votes are there, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

_LOG = logging.getLogger(__name__)


class Upkeep:
    """Does its works one after the other, again and again, while it is started.

    One process does them at a time, which a lock file sees to; when it ends, another goes on. It rests as long as it
    has worked, so that people do not wait for it.
    """

    def __init__(self, works: Sequence[Callable[[], int]], *, lock: Path, look_s: float = 2.0) -> None:
        """Each work does a piece of what there is to do and gives how much that was; 0 where nothing is left.

        `look_s` lies between looks for more, and for whether the process that does it has ended.
        """
        self._works = works
        self._lock = FileLock(lock)
        self._look_s = look_s
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Work in a thread of this process; called again it changes nothing."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._closing.clear()
                self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread after the piece that is under way."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                with self._lock.acquire(timeout=0):
                    self._work()
            except Timeout:
                pass
            self._closing.wait(self._look_s)

    def _work(self) -> None:
        while not self._closing.is_set():
            began = time.monotonic()
            has_more = sum(self._piece(work) for work in self._works) > 0
            # Half of the time at most: pages are drawn by the same process, which counts on one core alone.
            self._closing.wait(min(time.monotonic() - began, self._look_s) if has_more else self._look_s)

    def _piece(self, work: Callable[[], int]) -> int:
        try:
            return work() if not self._closing.is_set() else 0
        except Exception as error:
            # Not the error itself: that of a database may quote what people have said.
            _LOG.warning("Upkeep broke off (%s); it goes on in a moment.", type(error).__name__)
            return 0
