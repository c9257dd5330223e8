"""Several pieces of work at the same time, their results as they come."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TypeVar

Work = TypeVar("Work")
Done = TypeVar("Done")

_LOOK_S = 0.5
"""Between looks at `stop`."""


def at_the_same_time(
    do: Callable[[Work], Done], work: Iterable[Work], *, workers: int, stop: threading.Event
) -> Iterator[Done]:
    """What `do` makes of each piece, in the order in which they are done.

    Ends early when `stop` is set; what is under way is waited for, and its result is lost. What `do` raises is raised,
    and so is an interruption by a person: `stop` is then set, for those that are still under way.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="evaluation")
    try:
        waiting = {pool.submit(do, piece) for piece in work}
        while waiting and not stop.is_set():
            ended, waiting = wait(waiting, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
