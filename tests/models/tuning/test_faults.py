"""A full disk: it is said in a sentence, and nothing is left half done."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from models.gguf import read_gguf
from models.tuning import Checkpoint, TuneProgress, TuningError, fine_tune, quantise, restore, to_gguf
from models.tuning.errors import writing
from tests.models.tuning.test_tuning import EXAMPLES, HELD_OUT, RECIPE


@contextmanager
def disk_of(most_bytes: int) -> Iterator[None]:
    """No file grows beyond so many bytes, as on a disk without more room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_sentence_and_it_is_done_once_there_is_room(tiny: Path, tmp_path: Path) -> None:
    with disk_of(50_000), pytest.raises(TuningError, match=r"^[^\n]* cannot be written: [^\n]*\.$"):
        restore(tiny, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert (restore(tiny, tmp_path).folder / "model.safetensors").is_file()


def test_too_little_memory_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TuningError, match="not enough memory"), writing(tmp_path / "weights", 8):
        bytes(2**62)
    assert list(tmp_path.iterdir()) == []


def test_so_it_is_for_each_file_on_the_way(checkpoint: Checkpoint, tmp_path: Path) -> None:
    whole = tmp_path / "whole.gguf"
    with disk_of(50_000), pytest.raises(TuningError, match=r"^[^\n]* cannot be written: [^\n]*\.$"):
        to_gguf(checkpoint, whole)
    assert list(tmp_path.iterdir()) == []
    to_gguf(checkpoint, whole)

    small = tmp_path / "small.gguf"
    with disk_of(50_000), pytest.raises(TuningError, match=r"^[^\n]*\.$"):
        quantise(whole, "Q8_0", small)
    assert list(tmp_path.iterdir()) == [whole]
    quantise(whole, "Q8_0", small)
    assert read_gguf(small).quantisation == "Q8_0"


def test_a_training_without_room_says_so_and_goes_on_once_there_is_some(checkpoint: Checkpoint, tmp_path: Path) -> None:
    recipe = replace(RECIPE, most_steps=2)
    with disk_of(20_000), pytest.raises(TuningError, match=r"^[^\n]*\.$"):
        fine_tune(checkpoint, EXAMPLES, HELD_OUT, recipe, tmp_path)
    assert fine_tune(checkpoint, EXAMPLES, HELD_OUT, recipe, tmp_path).steps == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits what another process may take")
def test_a_training_without_memory_says_so_and_goes_on_once_there_is_some(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    recipe = replace(RECIPE, rank=20_000, most_steps=2)  # of whose weights the optimiser keeps twice as much again

    def leave_no_more(progress: TuneProgress) -> None:
        if progress.stage == "checking" and not progress.done:
            resource.prlimit(_worker(tmp_path), resource.RLIMIT_AS, (0, resource.RLIM_INFINITY))

    with pytest.raises(TuningError, match="There is not enough memory to train it"):
        fine_tune(checkpoint, EXAMPLES, HELD_OUT, recipe, tmp_path, progress=leave_no_more)
    assert fine_tune(checkpoint, EXAMPLES, HELD_OUT, recipe, tmp_path).steps == 2


def _worker(folder: Path) -> int:
    """The process that trains there."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it may be over by now
            words = path.read_bytes().split(b"\0")
            if b"models.tuning.worker" in words and bytes(folder) in words:
                return int(path.parent.name)
    raise AssertionError("nobody trains there")
