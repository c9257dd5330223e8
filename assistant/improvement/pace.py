"""How long models take for the same questions, asked in turns here and now.

What kept runs took was measured at another time, on a machine that had other things to do.
"""

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from threading import Event

from assistant.conversations import Choices
from assistant.evaluation.evaluator import Asks
from assistant.events import Finished
from assistant.improvement.errors import ImprovementError

QUESTIONS = 5


def paces(
    ask: Asks,
    questions: Sequence[str],
    choices: Sequence[Choices],
    *,
    stop: Event,
    progress: Callable[[int], None] = lambda done: None,
) -> list[float | None]:
    """Median seconds of a turn with each of the `choices`, in their order; None where none came to an answer.

    Each question is asked with all of them before the next one is, every other time in the opposite order: whatever
    else the machine does, it does to all. `progress` is told how many turns are done, of one more a choice than there
    are questions: the first is not counted, since models are loaded in it.

    Raises:
        ImprovementError: `stop` was set.
        BackendError, ModelFileError, UnknownCollection, UnknownPrompt: it cannot be asked.
    """
    took: list[list[float]] = [[] for _ in choices]
    done = 0
    for turn, question in enumerate([*questions[-1:], *questions]):
        order = range(len(choices))
        for at in order if turn % 2 else reversed(order):
            seconds = _seconds(ask(question, choices=choices[at], stop=stop))
            if stop.is_set():
                raise ImprovementError("The gate was cancelled; what was asked is kept.")
            if turn and seconds is not None:
                took[at].append(seconds)
            done += 1
            progress(done)
    return [median(seconds) if seconds else None for seconds in took]


def _seconds(turn: Iterable[object]) -> float | None:
    for event in turn:
        if isinstance(event, Finished) and event.error is None:
            return event.timings.total_s
    return None
