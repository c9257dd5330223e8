"""A full disk: it is said in a sentence, and nothing is left half done."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from models.tuning import TuningError, restore
from models.tuning.errors import writing


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
