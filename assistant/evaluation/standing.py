"""Where an expected source stands in the documents of the desk."""

import re
from dataclasses import dataclass

from sqlalchemy import select

from assistant.data_sets.rows import GoldSource
from assistant.evaluation.ranking import same_document
from ingest.catalogue import Catalogue
from ingest.tables import DocumentRow

_HEAD_CHARS = 400
"""What is shown of a document in which the quote is not found."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A span of a version's text."""

    document: str
    version_id: int
    start: int
    end: int
    is_found: bool
    """Whether the quote stands there; where it does not, the span is the document's beginning."""


def standing(catalogue: Catalogue, source: GoldSource) -> Standing | None:
    """The place of a source, however its white space is; None where the desk does not have the document."""
    query = select(DocumentRow.name, DocumentRow.current_version_id).order_by(DocumentRow.id)
    with catalogue.session() as session:
        named = [(name, version) for name, version in session.execute(query) if version is not None]
    alike = [(name, version) for name, version in named if same_document(name, source.document)]
    if not alike:
        return None
    places = [_place(catalogue, name, version, source.quote) for name, version in alike]
    return next((place for place in places if place.is_found), places[0])


def _place(catalogue: Catalogue, name: str, version_id: int, quote: str | None) -> Standing:
    version = catalogue.version(version_id)
    text = version.text if version is not None else ""
    words = (quote or "").split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    start, end = found.span() if found else (0, min(len(text), _HEAD_CHARS))
    return Standing(document=name, version_id=version_id, start=start, end=end, is_found=found is not None)
