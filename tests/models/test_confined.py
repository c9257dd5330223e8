"""A child process that keeps its limits and outlives a quiet hour."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.confined import Confined, ConfinedError, LimitExceeded

WORK = """
import os, socket, time
if os.environ.get("SLOW_START"):
    time.sleep(1.5)

def work(request):
    match request["do"]:
        case "echo":
            return {"said": request["text"], "pid": os.getpid()}
        case "print":
            print("noise")
            return {"said": "quiet"}
        case "fail":
            raise ValueError("it is Tuesday")
        case "sleep":
            time.sleep(60)
        case "grow":
            return {"size": len(bytearray(2**31))}
        case "talk":
            return {"text": "x" * 3_000_000}
        case "die":
            os._exit(3)
        case "connect":
            socket.create_connection(("127.0.0.1", 9))
"""


@pytest.fixture
def confined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Confined]:
    (tmp_path / "confined_work.py").write_text(WORK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Confined("confined_work:work", memory_mb=512, output_mb=1, calls=3) as child:
        yield child


def test_gives_what_the_function_gives(confined: Confined) -> None:
    assert confined.call({"do": "echo", "text": "grüße\n🙂"}, timeout_s=5)["said"] == "grüße\n🙂"


def test_what_the_function_prints_is_not_its_answer(confined: Confined) -> None:
    assert confined.call({"do": "print"}, timeout_s=5) == {"said": "quiet"}


def test_an_error_is_told_and_the_child_goes_on(confined: Confined) -> None:
    before = confined.call({"do": "echo", "text": ""}, timeout_s=5)["pid"]
    with pytest.raises(ConfinedError, match="it is Tuesday"):
        confined.call({"do": "fail"}, timeout_s=5)

    assert confined.call({"do": "echo", "text": ""}, timeout_s=5)["pid"] == before


@pytest.mark.parametrize(("do", "limit"), [("sleep", "time"), ("grow", "memory"), ("talk", "output"), ("die", "crash")])
def test_a_broken_limit_is_named_and_the_next_call_works(confined: Confined, do: str, limit: str) -> None:
    with pytest.raises(LimitExceeded) as broken:
        confined.call({"do": do}, timeout_s=1)

    assert broken.value.limit == limit
    assert confined.call({"do": "echo", "text": "on"}, timeout_s=5)["said"] == "on"


def test_there_is_no_network(confined: Confined) -> None:
    with pytest.raises(ConfinedError, match="no network"):
        confined.call({"do": "connect"}, timeout_s=5)


def test_a_fresh_child_takes_over_after_so_many_calls(confined: Confined) -> None:
    pids = [confined.call({"do": "echo", "text": ""}, timeout_s=5)["pid"] for _ in range(4)]

    assert pids[0] == pids[1] == pids[2] != pids[3]


def test_the_child_waits_through_a_pause_longer_than_a_call_may_take(confined: Confined) -> None:
    before = confined.call({"do": "echo", "text": ""}, timeout_s=0.2)["pid"]
    time.sleep(2.5)

    assert confined.call({"do": "echo", "text": ""}, timeout_s=0.2)["pid"] == before


def test_a_slow_start_does_not_count_as_the_call(confined: Confined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLOW_START", "1")

    assert confined.call({"do": "echo", "text": "on"}, timeout_s=1)["said"] == "on"


def test_a_child_that_cannot_start_is_a_crash() -> None:
    with Confined("no_such_module:work") as child, pytest.raises(LimitExceeded, match="crash"):
        child.call({}, timeout_s=5)
