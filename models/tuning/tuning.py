"""Fine-tuning an answering model on examples, in a process of its own."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.tuning.checkpoint import Checkpoint
from models.tuning.errors import TuningError, require_lab, writing
from models.tuning.example import Example, hash_of
from models.tuning.layout import require_same_tokens
from models.tuning.recipe import Recipe

WORK, LOSSES, ADAPTER, OUTCOME = "work.json", "losses.jsonl", "adapter", "tuned.json"
"""What lies in a training's folder: what was asked for, its loss curve, the adapter, what it came to."""

LEAST_EXAMPLES, LEAST_HELD_OUT = 4, 1

_STOP_POLL_S = 0.2


@dataclass(frozen=True, kw_only=True)
class TuneProgress:
    """How far a training has come."""

    stage: str
    """loading, training or checking."""
    done: int
    """Steps."""
    total: int
    loss: float | None
    """Mean a token, over the last steps; None before the first."""
    held_out: float | None
    """The held-out examples' mean loss a token at the last look."""
    rate: float
    """Examples a second."""
    eta_s: float | None
    """Seconds until the last step, from the rate so far; early stopping may end it before."""


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """What a training came to."""

    key: str
    """SHA-256 of all that decided it: weights, examples, recipe."""
    adapter: Path
    """Folder of the adapter, as peft reads it."""
    examples: int
    """Learnt from."""
    examples_hash: str
    held_out: int
    """Examples that were not learnt from, by which the best weights were chosen."""
    left_out: int
    """Examples that are longer than the recipe's `most_tokens`."""
    before: float
    """Held-out loss a token of the model as it was."""
    after: float
    """Of what was kept. A low one does not mean good answers, nor a high one bad ones: judge what it writes."""
    steps: int
    best_step: int
    """After which step the kept weights were had; 0: the untouched model was best."""
    seconds: float
    device: str
    versions: Mapping[str, str]
    """Of the libraries that decide it."""


def fine_tune(
    checkpoint: Checkpoint,
    examples: Sequence[Example],
    held_out: Sequence[Example],
    recipe: Recipe,
    folder: Path,
    *,
    teacher: Checkpoint | None = None,
    progress: Callable[[TuneProgress], None] | None = None,
    stop: threading.Event | None = None,
) -> Tuned:
    """Learn from `examples` and keep, in `folder`, the adapter by which they and the held-out ones are guessed best.

    The loss curve grows in `folder / LOSSES`, a JSON line a step. Work that was cut off goes on at its last checkpoint
    when it is run again with the same arguments, to the same weights; work that is done is done at once. `teacher` is
    whose guesses are learnt too, by the recipe's `distil`.

    Raises:
        TuningError: too few examples, the teacher reads other tokens, `stop` was set (what was learnt waits in
            `folder`), the training diverged, the disk or the memory is full, or the process was ended.
    """
    require_lab()
    if len(examples) < LEAST_EXAMPLES or len(held_out) < LEAST_HELD_OUT:
        raise TuningError(
            f"{len(examples)} examples to learn from and {len(held_out)} held out are too few: "
            f"{LEAST_EXAMPLES} and {LEAST_HELD_OUT} are the least."
        )
    if teacher is not None:
        require_same_tokens(checkpoint.source, teacher.source)
    key = key_of(checkpoint, examples, held_out, recipe, teacher)
    if (done := _outcome(folder, key)) is not None:
        return done
    _write_work(folder, key, checkpoint, examples, held_out, recipe, teacher)
    told = progress or (lambda _: None)
    error: str | None = None
    with _child(folder, recipe, stop or threading.Event()) as lines:
        for line in lines:
            if "error" in line:
                error = str(line["error"])
            else:
                told(TuneProgress(**line))
    if error is not None:
        raise TuningError(error)
    outcome = _outcome(folder, key)
    if outcome is None:
        raise TuningError("The training's process was ended, perhaps for want of memory: run it again to go on.")
    return outcome


def key_of(
    checkpoint: Checkpoint,
    examples: Sequence[Example],
    held_out: Sequence[Example],
    recipe: Recipe,
    teacher: Checkpoint | None = None,
) -> str:
    """SHA-256 of all that decides what a training comes to; 64 hexadecimal digits."""
    parts = [checkpoint.sha256, hash_of(examples), hash_of(held_out), recipe.hash]
    parts += [teacher.sha256] if teacher is not None else []
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def _outcome(folder: Path, key: str) -> Tuned | None:
    try:
        data = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
        outcome = Tuned(**data, adapter=folder / ADAPTER)
    except (OSError, ValueError, TypeError):
        return None
    return outcome if outcome.key == key and outcome.adapter.is_dir() else None


def _write_work(
    folder: Path,
    key: str,
    checkpoint: Checkpoint,
    examples: Sequence[Example],
    held_out: Sequence[Example],
    recipe: Recipe,
    teacher: Checkpoint | None,
) -> None:
    work = {
        "key": key,
        "checkpoint": asdict(checkpoint),
        "examples": [asdict(example) for example in examples],
        "held_out": [asdict(example) for example in held_out],
        "recipe": asdict(recipe),
        "teacher": teacher.folder if teacher is not None else None,
    }
    text = json.dumps(work, default=str, ensure_ascii=False)
    with writing(folder / WORK, len(text.encode())) as written:
        written.write_text(text, encoding="utf-8")


@contextmanager
def _child(folder: Path, recipe: Recipe, stop: threading.Event) -> Iterator[Iterator[dict[str, Any]]]:
    """What the training's process says, a JSON object a line.

    When its standard input ends, it notes where it stands and goes: also when this process is killed.
    """
    threads = str(recipe.threads)
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "models.tuning.worker", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ
        | {"PYTHONUTF8": "1", "OMP_NUM_THREADS": threads, "OMP_WAIT_POLICY": "passive", "HF_HUB_OFFLINE": "1"},
    ) as child:
        over = threading.Event()
        watcher = threading.Thread(target=_pass_on, args=(stop, over, child), name="stop of a training", daemon=True)
        watcher.start()
        try:
            assert child.stdout is not None
            yield (json.loads(line) for line in child.stdout)
        except BaseException:
            child.kill()
            raise
        finally:
            over.set()
            watcher.join()


def _pass_on(stop: threading.Event, over: threading.Event, child: "subprocess.Popen[bytes]") -> None:
    """Tell the child when `stop` is set."""
    while not over.is_set():
        if stop.wait(_STOP_POLL_S):
            assert child.stdin is not None
            with contextlib.suppress(OSError):
                child.stdin.close()
            return
