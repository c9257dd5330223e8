import threading
from collections.abc import Callable, Iterator

import pytest

from assistant import events
from assistant.conversations import Choices
from assistant.events import TurnEvent
from assistant.improvement.errors import ImprovementError
from assistant.improvement.pace import paces

QUESTIONS = ["one", "two", "three", "four"]
A, B = (Choices(backend="local", model=name, prompt="direct") for name in "ab")


class Machine:
    """Answers as slowly as it is told for each turn; nothing is slept."""

    def __init__(self, seconds: Callable[[int, str], float], error: str | None = None) -> None:
        self.seconds, self.error = seconds, error
        self.asked: list[tuple[str, str]] = []

    def ask(self, question: str, *, choices: Choices | None = None, **_: object) -> Iterator[TurnEvent]:
        assert choices is not None
        assert choices.model is not None
        self.asked.append((question, choices.model))
        yield events.Rewritten(query=question)
        yield events.Finished(
            answer="",
            citations=(),
            abstained=False,
            stopped_by=None,
            error=self.error,
            draft=True,
            backend="local",
            model=choices.model,
            prompt="direct@1",
            timings=events.Timings(
                retrieve_s=0.0, quote_s=0.0, first_token_s=0.0, total_s=self.seconds(len(self.asked), choices.model)
            ),
            tokens=events.Tokens(),
            trace_id="0" * 32,
        )


def timed(machine: Machine) -> list[float | None]:
    return paces(machine.ask, QUESTIONS, [A, B], stop=threading.Event())


def test_who_is_slower_is_seen_and_the_first_turn_is_not_counted() -> None:
    machine = Machine(lambda turn, model: 100.0 if turn <= 2 else {"a": 2.0, "b": 3.0}[model])
    assert timed(machine) == [2.0, 3.0]
    assert sorted(machine.asked[2:]) == sorted((question, model) for question in QUESTIONS for model in "ab")


@pytest.mark.parametrize("grows", [1.0, -1.0])
def test_a_machine_that_gets_busier_or_quieter_is_so_for_both(grows: float) -> None:
    a, b = timed(Machine(lambda turn, model: 50.0 + grows * turn))
    assert a == pytest.approx(b)


def test_what_came_to_no_answer_has_no_pace() -> None:
    assert timed(Machine(lambda turn, model: 1.0, error="It broke.")) == [None, None]


def test_it_can_be_cancelled() -> None:
    stop, machine = threading.Event(), Machine(lambda turn, model: 1.0)

    def three_are_done(done: int) -> None:
        if done == 3:
            stop.set()

    with pytest.raises(ImprovementError, match="cancelled"):
        paces(machine.ask, QUESTIONS, [A, B], stop=stop, progress=three_are_done)
    assert len(machine.asked) == 4
