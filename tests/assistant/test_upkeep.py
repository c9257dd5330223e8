import itertools
import threading
import time
from pathlib import Path

from assistant.upkeep import Upkeep


def test_it_goes_on_until_nothing_is_left_and_past_what_breaks(tmp_path: Path) -> None:
    left, done = [3, 2, 1], threading.Event()

    def broken() -> int:
        raise ValueError("no")

    def work() -> int:
        if left:
            return left.pop()
        done.set()
        return 0

    upkeep = Upkeep((broken, work), lock=tmp_path / "lock", look_s=0.01)
    upkeep.start()
    upkeep.start()
    assert done.wait(10)
    upkeep.close()
    assert left == []


def test_one_process_works_and_another_goes_on_when_it_ends(tmp_path: Path) -> None:
    first_worked, second_worked = threading.Event(), threading.Event()

    def told(event: threading.Event) -> int:
        event.set()
        return 0

    first = Upkeep((lambda: told(first_worked),), lock=tmp_path / "lock", look_s=0.01)
    second = Upkeep((lambda: told(second_worked),), lock=tmp_path / "lock", look_s=0.01)
    first.start()
    assert first_worked.wait(10)
    second.start()
    assert not second_worked.wait(0.2)
    first.close()
    assert second_worked.wait(10)
    second.close()


def test_it_rests_as_long_as_it_works(tmp_path: Path) -> None:
    spans: list[tuple[float, float]] = []
    enough = threading.Event()

    def work() -> int:
        began = time.monotonic()
        time.sleep(0.02)
        spans.append((began, time.monotonic()))
        if len(spans) == 5:
            enough.set()
        return 1

    upkeep = Upkeep((work,), lock=tmp_path / "lock", look_s=60)
    upkeep.start()
    assert enough.wait(30)
    upkeep.close()
    rests = [later[0] - earlier[1] for earlier, later in itertools.pairwise(spans)]
    assert all(rest >= 0.015 for rest in rests)  # a wait that is cut short by more would be none
