"""The models that can answer on this machine: the packaged ones, and those that the team added.

Each added model has a folder of its own with the GGUF file and a `card.json`. The folder appears in one
step, when everything in it was checked; until then it grows in `.incoming`.
"""

import contextlib
import hashlib
import json
import logging
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from threading import Event
from typing import Any
from urllib.parse import unquote, urlsplit

from models.card import ModelCard
from models.download import DownloadError, Progress, disk_error, download, require_room
from models.gguf import ModelFileError, read_gguf
from models.packaged import packaged_cards
from models.trial import try_out

__all__ = ["ModelCard", "ModelFileError", "ModelFolder"]

_CARD = "card.json"
_INCOMING = ".incoming"
_MERGED = ".merged"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PIECE_BYTES = 2**22


class ModelFolder:
    """The models in `folder`, and before them the packaged ones, which cannot be removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> Sequence[ModelCard]:
        """Every model that can be chosen, the packaged ones first, the others by name."""
        folders = sorted(self._folder.glob(f"[!.]*/{_CARD}"))
        added = [card for path in folders if (card := _read_card(path)) is not None]
        return [*packaged_cards(), *added]

    def find(self, name: str) -> ModelCard:
        """The model of that name.

        Raises:
            ModelFileError: there is none.
        """
        cards = {card.name: card for card in self.list()}
        if name not in cards:
            there = ", ".join(cards) or "none yet"
            first = "" if _NAME.fullmatch(name) else " Add a file or folder first, by “refdesk models add”."
            raise ModelFileError(f"There is no model “{name}”; there is: {there}.{first}")
        return cards[name]

    def merged(self, card: ModelCard) -> Path | None:
        """Where to keep the one file that a model and its adapter come to; None where it is one file as it is."""
        if card.adapter is None:
            return None
        return self._folder / _MERGED / f"{card.name}-{card.sha256[:16]}.gguf"

    def add(
        self,
        source: str,
        *,
        sha256: str | None = None,
        name: str | None = None,
        made: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
        cancel: Event | None = None,
    ) -> ModelCard:
        """Add the GGUF file at `source`, a path or an https:// address; it is in the list when this returns.

        A Hugging Face folder becomes a GGUF file first, if it is of a kind that can be trained here.

        A download that broke off goes on where it stopped when it is added again. `progress` is told the
        bytes that have come and of how many.

        Raises:
            ModelFileError: it cannot be fetched, does not have that `sha256`, is no model that works here, or
                the name is taken; or `cancel` was set.
        """
        file_name = _file_name(source)
        name = self._free_name(name or file_name.removesuffix(".gguf"))
        wanted = _checked_digest(sha256)
        with self._incoming(source) as incoming:
            path = incoming / file_name
            try:
                _fetch(source, path, progress or (lambda done, total: None), cancel or Event())
            except DownloadError as error:
                if not _is_address(source):  # what was downloaded is kept for the next try
                    shutil.rmtree(incoming)
                raise ModelFileError(str(error)) from error
            try:
                card = replace(_examine(path, wanted), name=name, source=_shown_source(source), made=made)
            except ModelFileError:
                shutil.rmtree(incoming)
                raise
            _write_card(incoming / _CARD, card)
            self._publish(incoming, name)
        return self.find(name)

    def remove(self, name: str) -> None:
        """Delete a model that was added.

        Raises:
            ModelFileError: there is none of that name, or it is a packaged one.
        """
        folder = self._own_folder(name)
        (folder / _CARD).unlink()  # first, so that half a model is never listed
        shutil.rmtree(folder)

    def mark(self, name: str, *, beats_quote: bool) -> ModelCard:
        """Write down whether an added model was shown to answer better than the best sentences do.

        Raises:
            ModelFileError: there is none of that name, or it is a packaged one.
        """
        folder = self._own_folder(name)
        card = replace(self.find(name), beats_quote=beats_quote)
        _write_card(folder / _CARD, card)
        return card

    def _own_folder(self, name: str) -> Path:
        if self.find(name).added_at is None:
            raise ModelFileError(f"The model “{name}” comes with Refdesk and cannot be changed or removed.")
        return self._folder / name

    def _free_name(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ModelFileError(f"“{name}” cannot be a model's name: use letters, digits, dots, - and _.")
        if any(card.name == name for card in self.list()):
            raise ModelFileError(f"There is a model “{name}” already: give this one another name, or remove that one.")
        return name

    @contextmanager
    def _incoming(self, source: str) -> Iterator[Path]:
        """The folder in which what comes from `source` grows; only one may add it at a time."""
        folder = self._folder / _INCOMING / hashlib.sha256(source.encode()).hexdigest()[:16]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ModelFileError(str(disk_error(error, folder))) from error
        with _locked(folder.with_suffix(".lock")):
            yield folder

    def _publish(self, incoming: Path, name: str) -> None:
        try:
            incoming.rename(self._folder / name)
        except OSError as error:
            raise ModelFileError(f"“{self._folder / name}” is in the way: remove it and add it again.") from error


def _fetch(source: str, path: Path, progress: Progress, cancel: Event) -> None:
    if _is_address(source):
        download(source, path, progress=progress, cancel=cancel)
    elif (folder := Path(source).expanduser()).is_dir():
        _convert(folder, path)
    else:
        _copy(Path(source).expanduser(), path, progress, cancel)


def _convert(folder: Path, target: Path) -> None:
    from models.tuning import TuningError, folder_to_gguf

    try:
        folder_to_gguf(folder, target, name=target.stem)
    except TuningError as error:
        raise DownloadError(str(error)) from error


def _copy(source: Path, target: Path, progress: Progress, cancel: Event) -> None:
    if not source.is_file():
        raise ModelFileError(f"There is no file “{source}”.")
    size, done = source.stat().st_size, 0
    require_room(target.parent, size)
    try:
        with source.open("rb") as reading, target.open("wb") as writing:
            while piece := reading.read(_PIECE_BYTES):
                if cancel.is_set():
                    raise DownloadError("The copying was cancelled.")
                writing.write(piece)
                done += len(piece)
                progress(done, size)
    except OSError as error:
        raise disk_error(error, target) from error


def _examine(path: Path, wanted: str | None) -> ModelCard:
    """The card of the file at `path`, when it has the digest that is `wanted` and works here."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if wanted and digest != wanted:
        raise ModelFileError(f"“{path.name}” is not the file that was expected: its SHA-256 is {digest}.")
    info = read_gguf(path)
    try_out(path)
    return ModelCard(
        name=path.stem,
        path=path,
        sha256=digest,
        bytes=path.stat().st_size,
        architecture=info.architecture,
        parameters=info.parameters,
        quantisation=info.quantisation,
        context_tokens=info.context_tokens,
        source="",
        added_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _read_card(path: Path) -> ModelCard | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        model = path.parent / Path(data.pop("file")).name
        card = ModelCard(**data, path=model)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logging.getLogger(__name__).warning("%s is left out, as it cannot be read: %s", path, error)
        return None
    return card if card.name == path.parent.name and model.is_file() else None


def _write_card(path: Path, card: ModelCard) -> None:
    data = asdict(card)
    data["file"] = data.pop("path").name
    del data["adapter"]  # what is added is a whole model
    written = path.with_suffix(".new")
    written.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    written.replace(path)


def _is_address(source: str) -> bool:
    return source.startswith(("https://", "http://"))


def _file_name(source: str) -> str:
    path = PurePosixPath(unquote(urlsplit(source).path)) if _is_address(source) else Path(source)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.name.removesuffix(".gguf")).strip(".-_")
    return f"{stem or 'model'}.gguf"


def _shown_source(source: str) -> str:
    """`source` without what may be a key to it."""
    if not _is_address(source):
        return str(Path(source).expanduser().absolute())
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _checked_digest(sha256: str | None) -> str | None:
    digest = sha256 and sha256.strip().lower()
    if digest and not re.fullmatch("[0-9a-f]{64}", digest):
        raise ModelFileError(f"“{sha256}” is not a SHA-256: it has 64 digits from 0 to f.")
    return digest


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; it falls away by itself when the process ends."""
    try:
        import fcntl
    except ImportError:  # not a POSIX system
        yield
        return
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ModelFileError("This model is being added already: wait until it is done.") from None
        yield
    with contextlib.suppress(OSError):
        path.unlink()
