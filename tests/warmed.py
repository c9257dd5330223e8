"""What processes are forked from that tests kill: all that takes long lies behind it."""

import multiprocessing
from multiprocessing.context import ForkServerContext


def warm_context() -> ForkServerContext:
    """Forks children from a process that has imported what is heavy and loaded the rails once, and has no thread."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{__name__}_now"])
    return context
