"""Loading what the first question would wait for, in the background, and saying how far it is."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_LOG = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Step:
    """One thing to load."""

    label: str
    seconds: float | None = None
    """How long it took; None while it is not done."""
    error: str | None = None


class Warming:
    """Runs steps once each, one after the other, in a thread; steps already done are not done again."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._done.set()

    def start(self, steps: Sequence[tuple[str, Callable[[], object]]]) -> None:
        """Begin with those steps that are new."""
        with self._lock:
            known = {step.label for step in self.steps}
            new = [(Step(label=label), work) for label, work in steps if label not in known]
            if not new:
                return
            self.steps += [step for step, _ in new]
            before, self._done = self._done, threading.Event()
            threading.Thread(target=self._run, args=(new, before, self._done), name="warming", daemon=True).start()

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to load."""
        return self._done.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all is loaded; False when the time ran out."""
        return self._done.wait(timeout_s)

    @staticmethod
    def _run(
        steps: Sequence[tuple[Step, Callable[[], object]]], before: threading.Event, done: threading.Event
    ) -> None:
        before.wait()
        for step, work in steps:
            began = time.monotonic()
            try:
                work()
            except Exception as error:
                # Whoever needs the part meets the same error where it can be explained.
                _LOG.warning("%s failed: %s", step.label, error)
                step.error = str(error)
            step.seconds = time.monotonic() - began
        done.set()
