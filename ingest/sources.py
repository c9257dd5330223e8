"""Where documents come from: files and folders, each file with the name it will have on the desk."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


class SourceError(Exception):
    """A path cannot be taken in; one sentence that says why."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to take in."""

    path: Path
    name: str
    """Document name: the file's name, or its path below the ingested folder with forward slashes."""
    collection: str


def walk(paths: Iterable[Path], *, collection: str) -> Iterator[Source]:
    """The files behind `paths`: each file itself, each folder's files by path, hidden ones left out.

    Links that lead out of a folder are not followed.

    Raises:
        SourceError: a path does not exist or is neither a file nor a folder, or two files have one name.
    """
    seen: dict[str, Path] = {}
    for source in _sources(paths, collection):
        other = seen.setdefault(source.name, source.path)
        if other != source.path:
            # The second would replace the first, as if it were a newer version of it.
            raise SourceError(
                f"“{other}” and “{source.path}” would both be “{source.name}”: take in the folder that holds both,"
                " or put one into another collection."
            )
        yield source


def document_name(name: str) -> str:
    """A name that is safe to show and to keep: relative, no “..”, no control characters.

    Only a name: the desk never opens a file by it.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/")
    name = re.sub(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", name)
    parts = [part.strip() for part in PurePosixPath(name).parts]
    kept = [part for part in parts if part not in ("", ".", "..", "/") and not re.fullmatch(r"[A-Za-z]:", part)]
    return "/".join(kept)[-400:] or "unnamed"


def _sources(paths: Iterable[Path], collection: str) -> Iterator[Source]:
    for path in paths:
        if path.is_dir():
            yield from _folder(path, collection)
        elif path.is_file():
            yield Source(path=path, name=document_name(path.name), collection=collection)
        else:
            raise SourceError(f"“{path}” is neither a file nor a folder: check the path.")


def _folder(folder: Path, collection: str) -> Iterator[Source]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            if name.startswith(".") or not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
                continue
            yield Source(path=path, name=document_name(path.relative_to(folder).as_posix()), collection=collection)
