"""Real trainings, of a model that is small enough."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from models.backend import Message
from models.tuning import (
    REDUCED,
    Checkpoint,
    Example,
    Recipe,
    Tuned,
    TuneProgress,
    TuningError,
    fine_tune,
    hash_of,
    merge,
    restore,
)
from tests.models.tuning.conftest import MakeTiny

ROOMS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]


def example(number: int, *, weight: float = 1.0) -> Example:
    passages = "[1] The lamp is in room nine.\n\n[2] Tools are in the cellar, coats in the hall."
    question = f"{passages}\n\nQuestion: where is guest {number}"
    messages = (Message(role="system", content="Be brief."), Message(role="user", content=question))
    return Example(
        id=f"guest-{number}", messages=messages, completion=f"In room {ROOMS[number % 8]} [1].", weight=weight
    )


EXAMPLES, HELD_OUT = [example(number) for number in range(8)], [example(number) for number in range(8, 11)]
RECIPE = Recipe(
    rank=4, alpha=8, learning_rate=1e-2, warm_up_steps=2, epochs=6, batch_size=2, pack_tokens=128, check_every=6,
    patience=9, recall=0.0, threads=1, device="cpu",
)  # fmt: skip


@pytest.fixture(scope="module")
def tuned(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tuned, list[TuneProgress]]:
    told: list[TuneProgress] = []
    folder = tmp_path_factory.mktemp("tuned")
    return fine_tune(checkpoint, EXAMPLES, HELD_OUT, RECIPE, folder, progress=told.append), told


def test_eight_examples_are_learnt(tuned: tuple[Tuned, list[TuneProgress]]) -> None:
    outcome, told = tuned
    lines = [json.loads(line) for line in (outcome.adapter.parent / "losses.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert len(losses) == outcome.steps
    assert losses[-1] < losses[0] / 2
    assert outcome.after < outcome.before
    assert outcome.after == min(line["held_out"] for line in lines if "held_out" in line)
    assert (outcome.examples, outcome.held_out, outcome.left_out) == (8, 3, 0)
    training = [event for event in told if event.stage == "training"]
    assert [event.done for event in training] == list(range(1, outcome.steps + 1))
    assert training[-1].eta_s == 0
    assert all(event.rate > 0 for event in training)


def test_what_is_done_is_not_done_again(tuned: tuple[Tuned, list[TuneProgress]], checkpoint: Checkpoint) -> None:
    told: list[TuneProgress] = []
    assert fine_tune(checkpoint, EXAMPLES, HELD_OUT, RECIPE, tuned[0].adapter.parent, progress=told.append) == tuned[0]
    assert told == []


def test_stopped_work_goes_on_to_the_same_weights(
    tuned: tuple[Tuned, list[TuneProgress]], checkpoint: Checkpoint, tmp_path: Path
) -> None:
    stop = threading.Event()

    def stop_early(event: TuneProgress) -> None:
        if event.stage == "training" and event.done == 5:
            stop.set()

    recipe = replace(RECIPE, checkpoint_s=0.0)
    with pytest.raises(TuningError, match="was stopped; run it again to go on"):
        fine_tune(checkpoint, EXAMPLES, HELD_OUT, recipe, tmp_path, progress=stop_early, stop=stop)
    told: list[TuneProgress] = []
    again = fine_tune(checkpoint, EXAMPLES, HELD_OUT, recipe, tmp_path, progress=told.append)

    assert min(event.done for event in told if event.stage == "training") > 5
    assert same_weights(again, tuned[0])


def test_killed_work_goes_on_to_the_same_weights(
    tuned: tuple[Tuned, list[TuneProgress]], checkpoint: Checkpoint, tmp_path: Path
) -> None:
    recipe = replace(RECIPE, checkpoint_s=0.0)
    code = (
        "import sys, tests.models.tuning.test_tuning as t; from pathlib import Path; from dataclasses import replace\n"
        "from models.tuning import Checkpoint, fine_tune\n"
        "c = Checkpoint(folder=Path(sys.argv[1]), source=Path(sys.argv[2]), sha256=sys.argv[3])\n"
        "fine_tune(c, t.EXAMPLES, t.HELD_OUT, replace(t.RECIPE, checkpoint_s=0.0), Path(sys.argv[4]))"
    )
    arguments = [str(checkpoint.folder), str(checkpoint.source), checkpoint.sha256, str(tmp_path)]
    with subprocess.Popen([sys.executable, "-c", code, *arguments], start_new_session=True) as process:
        standing = tmp_path / "standing.safetensors"
        wait_for(lambda: standing.is_file() or process.poll() is not None)
        os.killpg(process.pid, signal.SIGKILL)  # the training's own process with it
    assert standing.is_file()
    assert not (tmp_path / "tuned.json").exists()

    again = fine_tune(checkpoint, EXAMPLES, HELD_OUT, recipe, tmp_path)

    assert same_weights(again, tuned[0])
    lines = [json.loads(line) for line in (tmp_path / "losses.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line] == list(range(1, again.steps + 1))


def test_training_ends_when_nothing_is_gained(checkpoint: Checkpoint, tmp_path: Path) -> None:
    recipe = replace(RECIPE, learning_rate=1e-9, check_every=1, patience=2, epochs=9)
    wrong = [replace(each, completion="No.") for each in HELD_OUT]
    outcome = fine_tune(checkpoint, EXAMPLES, wrong, recipe, tmp_path)
    assert outcome.steps < 9 * 4
    assert outcome.steps == outcome.best_step + 2


def test_what_is_learnt_by_heart_counts_beside_what_is_held_out(checkpoint: Checkpoint, tmp_path: Path) -> None:
    wrong = [replace(each, completion="No.") for each in HELD_OUT]
    alone, both = (
        fine_tune(checkpoint, EXAMPLES, wrong, replace(RECIPE, recall=recall), tmp_path / str(recall))
        for recall in (0.0, 0.5)
    )
    assert alone.best_step < both.best_step
    looks = {
        line["step"]: line["held_out"]
        for text in (both.adapter.parent / "losses.jsonl").read_text().splitlines()
        if "held_out" in (line := json.loads(text))
    }
    assert both.after == looks[both.best_step]


def test_a_training_that_diverges_is_said(checkpoint: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(TuningError, match=r"diverged at step .*lower learning rate than 1e\+30"):
        fine_tune(checkpoint, EXAMPLES, HELD_OUT, replace(RECIPE, learning_rate=1e30, warm_up_steps=1), tmp_path)


@pytest.mark.parametrize(
    ("examples", "held_out", "reason"),
    [
        ([], HELD_OUT, "0 examples to learn from and 3 held out are too few: 4 and 1 are the least"),
        (EXAMPLES[:3], HELD_OUT, "3 examples to learn from"),
        (EXAMPLES, [], "0 held out are too few"),
        ([replace(each, completion="word " * 600) for each in EXAMPLES], HELD_OUT, "Only 0 examples .* 512 tokens"),
    ],
)
def test_too_few_examples_are_said(
    examples: list[Example], held_out: list[Example], reason: str, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    with pytest.raises(TuningError, match=reason):
        fine_tune(checkpoint, examples, held_out, replace(RECIPE, most_tokens=512), tmp_path)


def test_few_examples_are_gone_over_until_there_are_steps_enough(checkpoint: Checkpoint, tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=1, least_steps=20)
    assert fine_tune(checkpoint, EXAMPLES, HELD_OUT, recipe, tmp_path).steps >= 20
    few = fine_tune(checkpoint, EXAMPLES, HELD_OUT, replace(recipe, most_steps=3), tmp_path)
    assert few.steps == 3
    looked = [json.loads(line) for line in (tmp_path / "losses.jsonl").read_text().splitlines()]
    assert [line["step"] for line in looked if "held_out" in line] == [0, 1, 2, 3]


def test_the_guesses_of_a_teacher_are_learnt(
    tuned: tuple[Tuned, list[TuneProgress]], checkpoint: Checkpoint, tmp_path: Path
) -> None:
    teacher = merge(checkpoint, tuned[0].adapter, tmp_path / "teacher")
    recipe = replace(RECIPE, distil=1.0, epochs=2)
    taught = fine_tune(checkpoint, EXAMPLES, HELD_OUT, recipe, tmp_path / "taught", teacher=teacher)
    assert taught.after < (taught.before + tuned[0].after) / 2
    alone = fine_tune(checkpoint, EXAMPLES, HELD_OUT, recipe, tmp_path / "alone")
    assert alone.key != taught.key
    # Who learns from the model that it was stays it, but for what rounding differs by, which each step makes more of.
    assert abs(alone.before - alone.after) < (taught.before - taught.after) / 10
    lines = [json.loads(line) for line in (tmp_path / "alone" / "losses.jsonl").read_text().splitlines()]
    assert abs(next(line["loss"] for line in lines if "loss" in line)) < 1e-4


def test_what_cannot_teach_and_what_is_not_here_is_said(
    checkpoint: Checkpoint, make_tiny: MakeTiny, tmp_path: Path
) -> None:
    stranger = restore(_with_other_tokens(make_tiny(), tmp_path / "stranger.gguf"), tmp_path / "checkpoints")
    with pytest.raises(TuningError, match="“stranger” reads other tokens than"):
        fine_tune(checkpoint, EXAMPLES, HELD_OUT, replace(RECIPE, distil=0.5), tmp_path / "a", teacher=stranger)


def test_a_base_held_in_4_bits_learns_as_one_in_32_does(
    tuned: tuple[Tuned, list[TuneProgress]], checkpoint: Checkpoint, tmp_path: Path
) -> None:
    whole = tuned[0]
    held = fine_tune(checkpoint, EXAMPLES, HELD_OUT, replace(RECIPE, four_bit=True), tmp_path / "four-bit")
    lines = [json.loads(line) for line in (tmp_path / "four-bit" / "losses.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert losses[-1] < losses[0] / 2
    assert held.before != whole.before
    assert held.before - held.after > 0.8 * (whole.before - whole.after)
    assert held.versions["bitsandbytes"]
    assert not same_weights(held, whole)


def test_keeping_less_in_memory_changes_nothing(
    tuned: tuple[Tuned, list[TuneProgress]], checkpoint: Checkpoint, tmp_path: Path
) -> None:
    less = fine_tune(checkpoint, EXAMPLES, HELD_OUT, replace(RECIPE, gradient_checkpointing=True), tmp_path)
    assert less.after == pytest.approx(tuned[0].after, rel=1e-3)


def _with_other_tokens(source: Path, path: Path) -> Path:
    """The same model, of whose pieces of text two have changed places: both as long, so that the file stays whole."""
    one, other, between = "Ġwith".encode(), "Ġfrom".encode(), b"~~~~~~"
    content = source.read_bytes().replace(one, between, 1).replace(other, one, 1).replace(between, other, 1)
    path.write_bytes(content)
    return path


def test_a_folder_that_cannot_be_written_is_said(checkpoint: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("a file")
    with pytest.raises(TuningError, match=os.strerror(errno.ENOTDIR)):
        fine_tune(checkpoint, EXAMPLES, HELD_OUT, RECIPE, tmp_path / "in the way" / "folder")


def test_the_hash_of_a_recipe_is_of_what_decides_the_result() -> None:
    assert RECIPE.hash == replace(RECIPE, checkpoint_s=1.0).hash
    assert RECIPE.hash != replace(RECIPE, seed=1).hash
    assert hash_of(EXAMPLES) == hash_of(reversed(EXAMPLES))
    assert hash_of(EXAMPLES) != hash_of([*EXAMPLES[1:], replace(EXAMPLES[0], weight=2.0)])


def test_a_recipe_that_is_told_how_long_is_not_cut_short() -> None:
    assert REDUCED.but() == REDUCED
    assert REDUCED.but(learning_rate=0.01) == replace(REDUCED, learning_rate=0.01)
    assert REDUCED.but(epochs=3) == replace(REDUCED, epochs=3, most_steps=None)


def same_weights(one: Tuned, other: Tuned) -> bool:
    """Bit for bit."""
    here, there = (load_file(each.adapter / "adapter_model.safetensors") for each in (one, other))
    return here.keys() == there.keys() and all(here[name].tobytes() == there[name].tobytes() for name in here)


def wait_for(condition, timeout_s: float = 120.0) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
