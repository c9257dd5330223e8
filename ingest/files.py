"""The original files of documents, kept under the hash of their bytes."""

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

_SETTLED_S = 3600
"""A file younger than this may belong to work that is just being handed in."""


class FileStore:
    """A folder of files named by their SHA-256. Storing the same bytes twice keeps them once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, source: Path | BinaryIO) -> str:
        """Copy a file in, in one step, and give its SHA-256 (hex)."""
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self.put(stream)
        self._folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".incoming-", delete=False) as copy:
            try:
                while piece := source.read(1 << 20):
                    digest.update(piece)
                    copy.write(piece)
                copy.flush()
                os.fsync(copy.fileno())
            except BaseException:
                Path(copy.name).unlink()
                raise
        sha256 = digest.hexdigest()
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        Path(copy.name).replace(target)
        return sha256

    def path(self, sha256: str) -> Path:
        """Where the file of that hash lies or would lie."""
        return self._folder / sha256[:2] / sha256

    def remove(self, sha256: str) -> None:
        """Delete a file; one that is not there is passed over."""
        self.path(sha256).unlink(missing_ok=True)

    def abandoned(self) -> set[str]:
        """Hashes of files that have lain here for an hour; whoever knows what is needed decides on them.

        What an interrupted copy left behind for that long is deleted here and now.
        """
        before = time.time() - _SETTLED_S
        for path in self._folder.glob(".incoming-*"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
        return {path.name for path in self._folder.glob("??/*") if path.stat().st_mtime < before}


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
