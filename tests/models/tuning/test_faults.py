"""A full disk and too little memory: each step says so in a sentence, and leaves nothing half done."""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from models.tuning import Checkpoint, TuningError, fine_tune, merge, quantise, restore, to_gguf
from tests.models.tuning.test_tuning import EXAMPLES, HELD_OUT, RECIPE

Step = Callable[[Path], object]
FIRST = replace(RECIPE, epochs=1)


@contextmanager
def disk_of(most_bytes: int) -> Iterator[None]:
    """No file grows beyond so many bytes, as on a disk without more room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="module")
def steps(tiny: Path, checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Step]:
    """The steps from a model's file to a quantised one, each to be done in a folder."""
    folder = tmp_path_factory.mktemp("whole")
    adapter = fine_tune(checkpoint, EXAMPLES, HELD_OUT, FIRST, folder / "tuned").adapter
    merged = merge(checkpoint, adapter, folder / "merged")
    f16 = to_gguf(merged, folder / "f16.gguf")
    return {
        "restore": lambda to: restore(tiny, to),
        "train": lambda to: fine_tune(checkpoint, EXAMPLES, HELD_OUT, FIRST, to),
        "merge": lambda to: merge(checkpoint, adapter, to / "merged"),
        "write": lambda to: to_gguf(merged, to / "f16.gguf"),
        "quantise": lambda to: quantise(f16, "Q8_0", to / "q8.gguf"),
    }


@pytest.mark.parametrize(
    ("step", "most_bytes"),
    [
        ("restore", 50_000),
        ("train", 2_000),
        ("train", 30_000),
        ("merge", 50_000),
        ("write", 50_000),
        ("quantise", 50_000),
    ],
)
def test_a_full_disk_is_one_sentence_and_the_step_is_done_once_there_is_room(
    steps: dict[str, Step], step: str, most_bytes: int, tmp_path: Path
) -> None:
    with disk_of(most_bytes), pytest.raises(TuningError) as failed:
        steps[step](tmp_path)
    said = str(failed.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert "cannot be" in said
    assert [path.name for path in tmp_path.rglob("*") if path.suffix in (".new", ".gguf", ".safetensors")] == []
    steps[step](tmp_path)


_CRAMPED = """
import resource, sys
from pathlib import Path
from models.tuning import Checkpoint, TuningError, fine_tune
from tests.models.tuning.test_faults import EXAMPLES, HELD_OUT, FIRST
folder, source, sha256, to, most = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_AS, (int(most), int(most)))
try:
    fine_tune(Checkpoint(folder=Path(folder), source=Path(source), sha256=sha256), EXAMPLES, HELD_OUT, FIRST, Path(to))
except TuningError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there an address space can be limited")
def test_too_little_memory_is_one_sentence(checkpoint: Checkpoint, tmp_path: Path) -> None:
    arguments = [str(checkpoint.folder), str(checkpoint.source), checkpoint.sha256, str(tmp_path), str(1_500_000_000)]
    command = [sys.executable, "-c", _CRAMPED, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "memory" in ran.stdout
    assert len(ran.stdout.splitlines()) == 1
    assert not (tmp_path / "tuned.json").exists()
