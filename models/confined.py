"""Work on hostile input, done in a child process with limits on time, memory, output and network.

The child is kept for many calls, since starting one costs more than most calls. A call that breaks a
limit ends the child; the next call starts a fresh one. Requests and replies are JSON, one line each.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Any, Self

_START_TIMEOUT_S = 120.0


class ConfinedError(Exception):
    """The work failed in a way the function itself explains: a sentence for people."""


class LimitExceeded(Exception):
    """The child broke a limit or died; `limit` is "time", "memory", "output" or "crash"."""

    def __init__(self, limit: str) -> None:
        super().__init__(f"the child process ended: {limit}")
        self.limit = limit


class Confined:
    """Calls `module:function` (JSON object in, JSON object out) in a child process.

    Thread-safe; one call at a time. `memory_mb` limits the address space (Linux only; elsewhere only
    time and output are limited). `calls` is how many calls a child serves before a fresh one takes
    over, so that a slow leak never matters.
    """

    def __init__(
        self, target: str, *, memory_mb: int = 4096, output_mb: int = 256, calls: int = 200, name: str | None = None
    ) -> None:
        self._target = target
        self._memory_mb = memory_mb
        self._output_bytes = output_mb * 2**20
        self._calls = calls
        self._name = name or target
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._loaded = False

    def call(self, request: dict[str, Any], *, timeout_s: float) -> dict[str, Any]:
        """Run the function on `request`, for at most `timeout_s` from when its module is loaded.

        Raises:
            ConfinedError: the function raised; the message is what it said.
            LimitExceeded: the child broke a limit or crashed.
        """
        with self._lock:
            child = self._ready_child()
            try:
                reply = self._exchange(child, request, timeout_s)
            except BaseException:
                self._end()
                raise
            self._served += 1
            if self._served >= self._calls:
                self._end()
        if "error" in reply:
            if reply.get("memory"):
                self.close()
                raise LimitExceeded("memory")
            raise ConfinedError(str(reply["error"]))
        result: dict[str, Any] = reply["result"]
        return result

    def start(self) -> None:
        """Start the child now, so that the first call does not wait for it."""
        with self._lock:
            self._ready_child()

    def close(self) -> None:
        """End the child; a later call starts a new one."""
        with self._lock:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ready_child(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "models.confined", self._target, str(self._memory_mb)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"},
            )
            self._served = 0
            self._loaded = False
        return self._child

    def _exchange(self, child: subprocess.Popen[bytes], request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        assert child.stdin is not None
        if not self._loaded:  # a heavy import on a busy machine must not eat the call's own time
            self._read_line(child, time.monotonic() + _START_TIMEOUT_S)
            self._loaded = True
        deadline = time.monotonic() + timeout_s
        try:
            child.stdin.write(json.dumps({"timeout_s": timeout_s, **request}).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            raise LimitExceeded("crash") from None
        reply: dict[str, Any] = json.loads(self._read_line(child, deadline))
        return reply

    def _read_line(self, child: subprocess.Popen[bytes], deadline: float) -> bytes:
        assert child.stdout is not None
        line = bytearray()
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([child.stdout], [], [], left)[0]:
                raise LimitExceeded("time")
            piece = os.read(child.stdout.fileno(), 1 << 20)
            if not piece:
                raise LimitExceeded("crash")
            line += piece
            if len(line) > self._output_bytes:
                raise LimitExceeded("output")
        return bytes(line)

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):  # closing flushes what the dead child never read
                        pipe.close()
            self._child = None


def _serve(target: str, memory_mb: int) -> None:
    """The child's loop: one JSON line in, one out, until its parent is gone."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a parser prints must not reach the replies
    _limit(memory_mb)
    module, _, function = target.partition(":")
    work = getattr(__import__(module, fromlist=[function]), function)
    sys.addaudithook(_deny_network)
    replies.write(b"\n")  # loaded: from here the parent counts the time of the first call
    replies.flush()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _end_after(request.pop("timeout_s") + 2)
        try:
            reply = {"result": work(request)}
        except MemoryError:
            reply = {"error": "out of memory", "memory": True}
        except Exception as error:
            reply = {"error": str(error) or type(error).__name__}
        _end_after(0)  # an idle child waits for as long as its parent lives
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()


def _limit(memory_mb: int) -> None:
    try:
        import resource
    except ImportError:  # not a POSIX system
        return
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20, memory_mb * 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_after(delay_s: float) -> None:
    """The parent kills a child that is late; where the parent itself is gone, the alarm does. 0: no alarm."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, delay_s)


def _deny_network(event: str, args: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind"):
        raise PermissionError("no network in here")


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
