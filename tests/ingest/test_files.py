import hashlib
import io
import os
import time
from pathlib import Path

import pytest

from ingest.files import FileStore


def test_the_same_bytes_are_kept_once_under_their_hash(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    first, second = store.put(io.BytesIO(b"a document")), store.put(io.BytesIO(b"a document"))
    assert first == second == hashlib.sha256(b"a document").hexdigest()
    assert store.path(first).read_bytes() == b"a document"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


class _Breaks(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError("the cable was pulled")


def test_a_copy_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cable"):
        FileStore(tmp_path).put(_Breaks())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_only_files_that_have_settled_count_as_abandoned(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    old, new = store.put(io.BytesIO(b"old")), store.put(io.BytesIO(b"new"))
    before = time.time() - 7200
    os.utime(store.path(old), (before, before))
    assert store.abandoned() == {old}
    assert store.path(new).exists()
