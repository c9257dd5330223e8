import threading

from assistant.warming import Warming


def test_steps_run_in_order_once_each_and_say_how_long_they_took() -> None:
    ran: list[str] = []
    warming = Warming()
    steps = [("one", lambda: ran.append("one")), ("two", lambda: ran.append("two"))]
    warming.start(steps)
    assert warming.wait(10)
    warming.start([*steps, ("three", lambda: ran.append("three"))])
    assert warming.wait(10)
    assert ran == ["one", "two", "three"]
    assert all(step.seconds is not None and step.seconds >= 0 for step in warming.steps)


def test_a_step_that_fails_says_so_and_the_next_goes_on() -> None:
    def fail() -> None:
        raise RuntimeError("no such model")

    warming = Warming()
    warming.start([("bad", fail), ("good", lambda: None)])
    assert warming.wait(10)
    assert [step.error for step in warming.steps] == ["no such model", None]


def test_it_is_under_way_until_the_last_step_is_done() -> None:
    gate = threading.Event()
    warming = Warming()
    assert warming.is_done
    warming.start([("slow", gate.wait)])
    assert not warming.is_done
    gate.set()
    assert warming.wait(10)
