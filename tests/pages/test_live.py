import threading
import time
from collections.abc import Iterator

import pytest

from assistant import events
from assistant.events import TurnEvent
from models.backend import Queued
from pages.live import LiveTurn


def _text(*pieces: str) -> Iterator[TurnEvent]:
    yield Queued(ahead=1)
    for piece in pieces:
        yield events.Text(text=piece)


def test_a_turn_comes_to_its_end_though_nobody_looks_on() -> None:
    live = LiveTurn("Q", _text("It is ", "£165."), writer=None, stop=threading.Event())
    assert live.ended.wait(5)
    assert live.answered.text == "It is £165."
    assert isinstance(live.progress, Queued)


def test_who_looks_on_late_sees_all_that_has_come_and_the_end() -> None:
    go_on = threading.Event()

    def turn() -> Iterator[TurnEvent]:
        yield events.Text(text="early ")
        go_on.wait(5)
        yield events.Text(text="late")

    live = LiveTurn("Q", turn(), writer=None, stop=threading.Event())
    changes = live.changes()
    while not live.answered.text:
        next(changes)
    assert live.answered.text == "early "
    go_on.set()
    for _ in changes:
        pass
    assert live.answered.text == "early late"
    assert live.ended.is_set()


def test_several_may_look_on() -> None:
    live = LiveTurn("Q", _text(*("word " for _ in range(200))), writer=None, stop=threading.Event())
    seen: list[str] = []

    def follow() -> None:
        for _ in live.changes():
            pass
        seen.append(live.answered.text)

    followers = [threading.Thread(target=follow) for _ in range(4)]
    for follower in followers:
        follower.start()
    for follower in followers:
        follower.join(5)
    assert seen == ["word " * 200] * 4


def test_a_quiet_turn_lets_the_page_breathe() -> None:
    end = threading.Event()

    def turn() -> Iterator[TurnEvent]:
        end.wait(5)
        yield events.Text(text="done")

    live = LiveTurn("Q", turn(), writer=None, stop=threading.Event())
    changes = live.changes()
    for _ in range(3):
        next(changes)
    assert live.answered.text == ""
    end.set()
    assert live.ended.wait(5)


def test_stop_reaches_the_turn() -> None:
    stop = threading.Event()

    def turn() -> Iterator[TurnEvent]:
        while not stop.is_set():
            time.sleep(0.01)
            yield events.Text(text=".")

    live = LiveTurn("Q", turn(), writer=None, stop=stop)
    live.stop()
    assert live.ended.wait(5)


def test_a_turn_that_breaks_ends_and_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def turn() -> Iterator[TurnEvent]:
        yield events.Text(text="so far")
        raise ValueError("nobody foresaw this")

    live = LiveTurn("Q", turn(), writer=None, stop=threading.Event())
    assert live.ended.wait(5)
    assert live.answered.text == "so far"
    assert "nobody foresaw this" in caplog.text


def test_the_time_left_is_that_of_the_round_which_is_read() -> None:
    go_on = threading.Event()

    def turn() -> Iterator[TurnEvent]:
        yield events.Section(done=0, total=4)
        time.sleep(0.4)
        yield events.Section(done=0, total=2)
        time.sleep(0.02)
        yield events.Section(done=1, total=2)
        go_on.wait(5)

    live = LiveTurn("Q", turn(), writer=None, stop=threading.Event())
    assert live.left_s is None
    while live.section is None or not live.section.done:
        time.sleep(0.005)
    left_s = live.left_s
    go_on.set()
    assert left_s is not None
    assert 0.02 <= left_s < 0.4
