"""Run one command of the set-up, showing how long it takes and keeping what it says in a log."""

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from setup.errors import SetupError

TAIL_LINES = 20
PLAIN_WIDTH = 100


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step of the set-up."""

    title: str
    command: Sequence[str]
    advice: str
    """One sentence that says what to do when the command fails."""


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """Where stages are shown: one living line in a terminal, plain lines everywhere else."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    living_s: float = 1.0
    """Seconds between two updates of the living line."""
    heartbeat_s: float = 30.0
    """Seconds between two plain lines, so that whoever reads a build log sees that it goes on."""

    @property
    def is_living(self) -> bool:
        """Whether a line can be drawn over."""
        return self.out.isatty()

    @property
    def period_s(self) -> float:
        """Seconds from one sign of life to the next."""
        return self.living_s if self.is_living else self.heartbeat_s

    def begin(self, label: str) -> None:
        """Show that a stage has started."""
        self._draw(label) if self.is_living else self.say(label)

    def go_on(self, label: str, seconds: float, doing: str) -> None:
        """Show that a stage is still busy, and with what."""
        if self.is_living:
            self._draw(f"{label}  {elapsed(seconds)}  {doing.strip()}")
        else:
            self.say(f"    {elapsed(seconds)}  {doing.strip()[:PLAIN_WIDTH]}")

    def end(self, label: str, seconds: float, outcome: str) -> None:
        """Show how a stage ended."""
        text = f"{label}: {outcome}, {elapsed(seconds)}"
        if self.is_living:
            self._draw(text)
            text = ""
        self.say(text)

    def say(self, text: str) -> None:
        """Print a whole line."""
        print(text, file=self.out, flush=True)

    def _draw(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        # Carriage return and "erase to the end of the line": the line takes the place of the one before.
        print(f"\r\x1b[K{text[:width]}", end="", file=self.out, flush=True)


def run_stages(stages: Sequence[Stage], *, log: Path, terminal: Terminal) -> None:
    """Run the stages one after the other, appending their output to `log`.

    Raises SetupError with the last lines of the log when one fails.
    """
    for number, stage in enumerate(stages, start=1):
        _run_stage(stage, f"{number}/{len(stages)} {stage.title}", log, terminal)


def elapsed(seconds: float) -> str:
    """Write a duration as minutes and seconds, with hours where there are any: `4:05`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def last_lines(log: Path, start: int, count: int) -> str:
    """Return up to `count` last lines that are not blank of what a log holds from byte `start` on."""
    with log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(start, size - 16_384))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join([line.rstrip() for line in text.splitlines() if line.strip()][-count:])


def _run_stage(stage: Stage, label: str, log: Path, terminal: Terminal) -> None:
    started = time.monotonic()
    terminal.begin(label)
    with log.open("ab") as sink:
        start = sink.tell()
        with subprocess.Popen(
            stage.command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        ) as process:
            try:
                while (code := _wait(process, terminal.period_s)) is None:
                    terminal.go_on(label, time.monotonic() - started, last_lines(log, start, 1))
            except BaseException:
                process.terminate()
                raise
    terminal.end(label, time.monotonic() - started, "done" if code == 0 else "failed")
    if code != 0:
        tail = last_lines(log, start, TAIL_LINES)
        raise SetupError(f"{tail}\n\nThe set-up stopped at {label}. {stage.advice}\nThe whole log: {log}")


def _wait(process: subprocess.Popen[bytes], timeout_s: float) -> int | None:
    try:
        return process.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return None
