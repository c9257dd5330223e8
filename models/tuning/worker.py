"""The process in which a model is trained: python -m models.tuning.worker FOLDER.

It reads what to do from the folder, says how far it is on standard output, and stops when its input ends.
"""

import contextlib
import json
import os
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.cores import sleep_when_idle
from models.tuning.checkpoint import Checkpoint
from models.tuning.errors import TuningError
from models.tuning.example import Example
from models.tuning.recipe import Recipe
from models.tuning.run import TuningRun
from models.tuning.tuning import WORK, TuneProgress

_GENTLE = 5
"""Added to the niceness, so that questions are answered meanwhile."""
_NO_MEMORY = "There is not enough memory to train it: have less kept there (--less-memory), or take a smaller model."


def main(folder: Path) -> int:
    """Train as the folder's work says; 0 when the outcome is written."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not reach the replies
    sleep_when_idle()
    if hasattr(os, "nice"):
        os.nice(_GENTLE)
    stop = threading.Event()
    threading.Thread(target=_watch_input, args=(stop,), daemon=True).start()

    def say(line: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):  # nobody listens any more: the end of the input will tell
            print(json.dumps(line), file=replies, flush=True)

    def tell(progress: TuneProgress) -> None:
        say(asdict(progress))

    try:
        work = json.loads((folder / WORK).read_text(encoding="utf-8"))
        TuningRun(
            key=work["key"],
            checkpoint=_checkpoint(work["checkpoint"]),
            examples=[Example.of(each) for each in work["examples"]],
            held_out=[Example.of(each) for each in work["held_out"]],
            recipe=Recipe(**work["recipe"]),
            teacher=Path(work["teacher"]) if work["teacher"] else None,
            folder=folder,
            progress=tell,
            stop=stop,
        ).run()
    except TuningError as error:
        say({"error": str(error)})
        return 1
    except (MemoryError, RuntimeError) as error:
        if not _is_want_of_memory(error):
            raise
        say({"error": _NO_MEMORY})
        return 1
    return 0


def _is_want_of_memory(error: Exception) -> bool:
    """torch says so in words: of a processor's memory in those of its allocator, of a card's as “out of memory”."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or "allocate memory" in said or "out of memory" in said


def _watch_input(stop: threading.Event) -> None:
    while sys.stdin.buffer.read(1):
        pass
    stop.set()


def _checkpoint(data: dict[str, Any]) -> Checkpoint:
    return Checkpoint(folder=Path(data["folder"]), source=Path(data["source"]), sha256=data["sha256"])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
