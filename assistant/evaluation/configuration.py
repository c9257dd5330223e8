"""All that decides what is answered: a change of any of it makes other answers, and another key to remember them by."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from assistant.data_sets.rows import Row
from ingest.catalogue import Catalogue
from ingest.tables import CollectionRow, DocumentRow, VersionRow

_TOP = Path(__file__).parent.parent.parent
_FLOORS = ("assistant", "ingest", "models")
_DECIDES_NOTHING = {
    "cli",
    "conversations",
    "data_sets",
    "diagnosis",
    "evaluation",
    "improvement",
    "insights",
    "migrations",
    "registry",
    "review",
    "synthesis",
    "tracing",
    "trials",
    "__pycache__",
}
"""Parts of the assistant that no answer depends on."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """How the rows of a run are answered."""

    prompt: str
    """Its name and, after an “@”, its version; `search` where only passages are asked for."""
    prompt_hash: str = ""
    """Of its whole text: a version can be edited without a new number."""
    backend: str | None = None
    """None where quotes are the answer."""
    model: str | None = None
    model_hash: str | None = None
    """SHA-256 of a local model's file, or the address of a hosted one's server."""
    collections: tuple[str, ...] = ()
    """All when empty."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of retrieval, answer and backend, as far as they decide what is answered."""
    embedding: str = ""
    """Fingerprint of the model that makes vectors."""
    documents: str = ""
    """Hash over the names, contents and recipes of all documents."""
    program: str = ""
    """Hash over the program's own files."""

    @property
    def name(self) -> str:
        """Who answers and how, for people."""
        return " ".join(filter(None, [self.backend, self.model and f"({self.model})", self.prompt]))

    @property
    def content_hash(self) -> str:
        """The same for the same configuration: 64 hexadecimal digits."""
        return _hash(self.to_json())

    def key(self, row: Row) -> str:
        """What a row's result is remembered by: the same key needs no second answer.

        Of a row only what is asked, and what its answer is compared with by a model, counts: another source or tag
        needs no new answer.
        """
        said = [(message.role, message.content) for message in row.history]
        # What a summary is of stands in its sources alone.
        of = [vars(source) for source in row.sources] if row.is_summary else []
        return _hash([row.question, said, row.answers, self.content_hash, *of])

    def to_json(self) -> dict[str, Any]:
        """As the catalogue and a file keep it."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Configuration":
        """What `to_json` made."""
        return cls(**{**document, "collections": tuple(document["collections"])})


def documents_hash(catalogue: Catalogue) -> str:
    """The same while all documents are the same and read in the same way.

    Of all collections, whichever are searched: how rare a word is depends on every document.
    """
    query = (
        select(CollectionRow.name, DocumentRow.name, VersionRow.sha256, VersionRow.recipe)
        .join(DocumentRow, DocumentRow.collection_id == CollectionRow.id)
        .join(VersionRow, VersionRow.id == DocumentRow.current_version_id)
        .order_by(CollectionRow.name, DocumentRow.name)
    )
    with catalogue.session() as session:
        return _hash([list(row) for row in session.execute(query)])


@cache
def program_hash() -> str:
    """The same while the files that answers come from are the same."""
    digest = hashlib.sha256()
    for path in sorted(path for floor in _FLOORS for path in (_TOP / floor).rglob("*") if path.is_file()):
        place = path.relative_to(_TOP)
        if _DECIDES_NOTHING.isdisjoint(place.parts):
            digest.update(f"{place.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _hash(of: Any) -> str:
    return hashlib.sha256(json.dumps(of, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
