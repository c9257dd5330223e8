"""The steps of a turn, timed as they are taken: what a trace is made of."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from assistant.events import Step

Kind = Literal["span", "embedding", "retriever", "guardrail", "generation"]


class Steps:
    """A stopwatch that starts with the question and writes down what was done when."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._taken: list[Step] = []

    @property
    def elapsed_s(self) -> float:
        """Seconds from the question."""
        return time.monotonic() - self._began

    @property
    def taken(self) -> tuple[Step, ...]:
        """All steps that have ended, in the order in which they began."""
        return tuple(sorted(self._taken, key=lambda step: step.began_s))

    @contextmanager
    def step(self, name: str, kind: Kind = "span") -> Iterator[dict[str, Any]]:
        """Time what is done inside; what is put into the dictionary are the step's details."""
        details: dict[str, Any] = {}
        began_s = self.elapsed_s
        try:
            yield details
        finally:
            self.add(name, kind, began_s=began_s, ended_s=self.elapsed_s, details=details)

    def add(self, name: str, kind: Kind, *, began_s: float, ended_s: float, details: dict[str, Any]) -> None:
        """Write down a step that was timed elsewhere."""
        self._taken.append(Step(name=name, kind=kind, began_s=began_s, ended_s=ended_s, details=details))
