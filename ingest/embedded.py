"""What is embedded and searched of a passage: made when a document is taken in, and again from the catalogue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ingest.catalogue import Catalogue
from ingest.chunking import Chunk
from ingest.tables import ChunkRow, DocumentRow, VersionRow

_AT_ONCE = 500
"""Most ids in a query: databases limit the values of one."""


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """A passage as embedding models and lexical search see it."""

    chunk_id: int
    collection_id: int
    document: str
    """The document's name."""
    title: str | None
    """The document's title."""
    chunk: Chunk
    text: str
    """What is embedded and searched."""


def embedded_text(title: str | None, chunk: Chunk) -> str:
    """What is embedded and searched of a chunk: where it stands, then what it says. `title` is its document's."""
    if title and title not in chunk.headings:
        return f"{title}\n{chunk.search_text}"
    return chunk.search_text


def embedded(catalogue: Catalogue, chunk_ids: Iterable[int]) -> Iterator[Embedded]:
    """Those of the passages that belong to a current version, in order of their ids."""
    ids = sorted(chunk_ids)
    for begin in range(0, len(ids), _AT_ONCE):
        with catalogue.session() as session:
            some = embedded_where(session, ChunkRow.id.in_(ids[begin : begin + _AT_ONCE]))
        yield from some


def embedded_where(session: Session, condition: ColumnElement[bool], *, most: int | None = None) -> list[Embedded]:
    """The first `most` of the passages of current versions that meet a condition, in order of their ids."""
    query = (
        select(ChunkRow, DocumentRow.collection_id, DocumentRow.name, VersionRow.title)
        .join(VersionRow, VersionRow.id == ChunkRow.version_id)
        .join(DocumentRow, DocumentRow.current_version_id == VersionRow.id)
        .where(condition)
        .order_by(ChunkRow.id)
        .limit(most)
    )
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
        text=embedded_text(title, chunk),
    )
