"""Files that a browser hands in, as rows."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from assistant.data_sets.reading import read_file
from assistant.data_sets.rows import Row, RowsError
from assistant.uploads import Upload

SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".zip")
_MOST_BYTES = 512 * 2**20
"""Of what an archive unpacks to."""


def read_uploads(uploads: Sequence[Upload]) -> list[Row]:
    """The rows of one file: JSON lines, SQuAD (.json), a table (.csv, .tsv), or a BEIR folder as a .zip archive.

    Raises:
        RowsError: there is not one file, it cannot be read, or it holds no rows.
    """
    if len(uploads) != 1:
        raise RowsError("Choose one file; a BEIR folder is one .zip archive.")
    name = PurePosixPath(uploads[0].name.replace("\\", "/")).name
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise RowsError(f"“{name}” is no data set: choose a file that ends with {', '.join(SUFFIXES)}.")
    with tempfile.TemporaryDirectory() as folder:
        # Not the given name: it is only shown.
        kept = Path(folder, f"rows{suffix}")
        with kept.open("wb") as file:
            shutil.copyfileobj(uploads[0].content, file)
        try:
            rows = read_file(_unpacked(kept, name) if suffix == ".zip" else kept)
        except RowsError as error:
            raise RowsError(str(error).replace(str(kept), name).replace(kept.name, name)) from None
    if not rows:
        raise RowsError(f"“{name}” has no rows.")
    return rows


def _unpacked(archive: Path, name: str) -> Path:
    """The folder of an archive that has the layout of BEIR; only the three files that it needs are unpacked."""
    top = archive.with_suffix("")
    try:
        with zipfile.ZipFile(archive) as packed:
            members = list(_members(packed))
            if sum(member.file_size for member, _ in members) > _MOST_BYTES:
                raise RowsError(f"“{name}” unpacks to more than {_MOST_BYTES // 2**20} MB.")
            for member, place in members:
                (top / place).parent.mkdir(parents=True, exist_ok=True)
                with packed.open(member) as source, (top / place).open("wb") as target:
                    _copy(source, target, member.file_size)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        raise RowsError(f"“{name}” is no .zip archive that can be read.") from None
    if not (top / "queries.jsonl").exists():
        raise RowsError(f"“{name}” has no queries.jsonl: a BEIR folder has corpus.jsonl, queries.jsonl and qrels/.")
    return top


def _members(packed: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, Path]]:
    for member in packed.infolist():
        path = PurePosixPath(member.filename)
        if path.name in ("corpus.jsonl", "queries.jsonl"):
            yield member, Path(path.name)
        elif path.name == "test.tsv" and path.parent.name == "qrels":
            yield member, Path("qrels", path.name)


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """No more than the archive says that there is."""
    left = size
    while left > 0 and (block := source.read(min(left, 2**20))):
        target.write(block)
        left -= len(block)
