"""The passages that can be found, each with the text that is embedded of it, made again from the catalogue."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ingest.catalogue import Catalogue
from ingest.chunking import Chunk
from ingest.elements import ParsedDocument
from ingest.ingestion import embedded_text
from ingest.tables import ChunkRow, DocumentRow, VersionRow

_AT_ONCE = 500
"""Most ids in a query: databases limit the values of one."""


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """A passage as embedding models see it."""

    chunk_id: int
    collection_id: int
    document: str
    """The document's name."""
    title: str | None
    """The document's title."""
    chunk: Chunk
    text: str
    """What is embedded."""


def embedded(catalogue: Catalogue, chunk_ids: Iterable[int]) -> Iterator[Embedded]:
    """Those of the passages that belong to a current version, in order of their ids."""
    ids = sorted(chunk_ids)
    for begin in range(0, len(ids), _AT_ONCE):
        yield from _some(catalogue, ids[begin : begin + _AT_ONCE])


def _some(catalogue: Catalogue, ids: Sequence[int]) -> list[Embedded]:
    query = (
        select(ChunkRow, DocumentRow.collection_id, DocumentRow.name, VersionRow.title)
        .join(VersionRow, VersionRow.id == ChunkRow.version_id)
        .join(DocumentRow, DocumentRow.current_version_id == VersionRow.id)
        .where(ChunkRow.id.in_(ids))
        .order_by(ChunkRow.id)
    )
    with catalogue.session() as session:
        return [_embedded(*row) for row in session.execute(query)]


def _embedded(row: ChunkRow, collection_id: int, document: str, title: str | None) -> Embedded:
    chunk = Chunk(
        ordinal=row.ordinal,
        text=row.text,
        start=row.start,
        end=row.end,
        headings=tuple(row.headings),
        page_starts=tuple((place, page) for place, page in row.page_starts),
        header=row.header,
    )
    return Embedded(
        chunk_id=row.id,
        collection_id=collection_id,
        document=document,
        title=title,
        chunk=chunk,
        text=embedded_text(ParsedDocument(text="", elements=(), title=title), chunk),
    )
