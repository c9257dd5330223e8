"""The catalogue: the SQL database that holds the truth about documents. Here: its engine and its look-ups."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.orm import Session

from ingest.elements import Box, Page
from ingest.tables import ChunkRow, CollectionRow, DocumentRow, IndexState, PageRow, VersionRow


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A chunk of a document's current version, as search finds it and as answers cite it."""

    chunk_id: int
    version_id: int
    ordinal: int
    """Place among the document's chunks, from 0."""
    document: str
    collection: str
    format: str
    title: str | None
    page_starts: tuple[tuple[int, int], ...]
    """Where in the document's text each of its pages begins: (place, page), in order; empty without pages."""
    headings: tuple[str, ...]
    header: str | None
    """Header row of the table that the chunk continues."""
    text: str
    start: int
    end: int
    """Half-open span in the document's text."""
    score: float = 0.0

    @property
    def page(self) -> int | None:
        """The page that it begins on."""
        return self.page_at(self.start)

    def page_at(self, place: int) -> int | None:
        """The page that a place in it stands on."""
        pages = [page for begins, page in self.page_starts if begins <= place]
        return pages[-1] if pages else next((page for _, page in self.page_starts), None)


@dataclass(frozen=True, kw_only=True)
class DocumentSummary:
    """A line in the list of documents."""

    id: int
    name: str
    collection: str
    format: str
    bytes: int
    pages: int | None
    chunks: int
    notes: tuple[str, ...]
    added_at: datetime
    sha256: str


class Catalogue:
    """Opens sessions and answers what is in the catalogue. Thread-safe."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._writing_engine = self.engine.execution_options(immediate=True)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that writes: committed at the end, rolled back on an exception."""
        with Session(self._writing_engine, expire_on_commit=False) as session, session.begin():
            yield session

    def generation(self) -> int:
        """A number that grows with every change of what can be found, whichever process made it."""
        with self.engine.connect() as connection:
            return connection.execute(select(IndexState.generation)).scalar() or 0

    def collections(self) -> dict[str, int]:
        """Names and ids of the collections, by name."""
        with self.session() as session:
            return dict(
                session.execute(select(CollectionRow.name, CollectionRow.id).order_by(CollectionRow.name)).all()
            )

    def documents(self, collection: str | None = None) -> list[DocumentSummary]:
        """All documents that can be found, by collection and name."""
        query = (
            select(DocumentRow, VersionRow, CollectionRow.name)
            .join(VersionRow, VersionRow.id == DocumentRow.current_version_id)
            .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
            .order_by(CollectionRow.name, DocumentRow.name)
        )
        if collection is not None:
            query = query.where(CollectionRow.name == collection)
        with self.session() as session:
            return [_summary(document, version, name) for document, version, name in session.execute(query)]

    def passages(self, chunk_ids: Sequence[int]) -> dict[int, Passage]:
        """Those of `chunk_ids` that belong to a current version, by id; the others are gone or not yet there."""
        with self.session() as session:
            rows = session.execute(_passages_query().where(ChunkRow.id.in_(chunk_ids)))
            return {chunk.id: _passage(chunk, *rest) for chunk, *rest in rows}

    def names(self) -> dict[int, str]:
        """Names of all documents that can be found, by id."""
        query = select(DocumentRow.id, DocumentRow.name).where(DocumentRow.current_version_id.is_not(None))
        with self.session() as session:
            return dict(session.execute(query.order_by(DocumentRow.id)).all())

    def passages_of(self, document_id: int) -> list[Passage]:
        """All passages of a document as it is now, in their order."""
        with self.session() as session:
            rows = session.execute(_passages_query().where(DocumentRow.id == document_id).order_by(ChunkRow.ordinal))
            return [_passage(chunk, *rest) for chunk, *rest in rows]

    def chunk_ids(self, collection_id: int) -> set[int]:
        """Ids of all passages of a collection that can be found."""
        query = (
            select(ChunkRow.id)
            .join(DocumentRow, DocumentRow.current_version_id == ChunkRow.version_id)
            .where(DocumentRow.collection_id == collection_id)
        )
        with self.session() as session:
            return set(session.scalars(query))

    def version(self, version_id: int) -> VersionRow | None:
        """A document version with its whole text, or None when it is gone."""
        with self.session() as session:
            return session.get(VersionRow, version_id)

    def page(self, version_id: int, number: int) -> Page | None:
        """Size and line boxes of a page, or None when it has no picture."""
        with self.session() as session:
            row = session.get(PageRow, (version_id, number))
        if row is None:
            return None
        boxes = tuple(
            Box(start=int(start), end=int(end), left=left, top=top, right=right, bottom=bottom)
            for start, end, left, top, right, bottom in row.boxes
        )
        return Page(number=number, width=row.width, height=row.height, boxes=boxes)

    def counts(self) -> dict[str, int]:
        """How many documents and passages can be found."""
        current = select(DocumentRow.current_version_id).where(DocumentRow.current_version_id.is_not(None))
        with self.session() as session:
            documents, passages = session.execute(
                select(func.count(), func.coalesce(func.sum(VersionRow.chunk_count), 0)).where(
                    VersionRow.id.in_(current)
                )
            ).one()
        return {"documents": documents, "passages": int(passages)}

    def close(self) -> None:
        """Close the database connections."""
        self.engine.dispose()


def _passages_query() -> Any:
    return (
        select(
            ChunkRow,
            DocumentRow.name,
            CollectionRow.name,
            VersionRow.format,
            VersionRow.title,
        )
        .join(VersionRow, VersionRow.id == ChunkRow.version_id)
        .join(DocumentRow, DocumentRow.current_version_id == VersionRow.id)
        .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
    )


def _passage(chunk: ChunkRow, document: str, collection: str, suffix: str, title: str | None) -> Passage:
    return Passage(
        chunk_id=chunk.id,
        version_id=chunk.version_id,
        ordinal=chunk.ordinal,
        document=document,
        collection=collection,
        format=suffix,
        title=title,
        page_starts=tuple((place, page) for place, page in chunk.page_starts),
        headings=tuple(chunk.headings),
        header=chunk.header,
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
    )


def _summary(document: DocumentRow, version: VersionRow, collection: str) -> DocumentSummary:
    return DocumentSummary(
        id=document.id,
        name=document.name,
        collection=collection,
        format=version.format,
        bytes=version.bytes,
        pages=version.page_count,
        chunks=version.chunk_count,
        notes=tuple(version.notes),
        added_at=version.created_at,
        sha256=version.sha256,
    )


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        # WAL lets people search while a document is written; NORMAL is durable enough under WAL:
        # a power cut can lose the last commits, never tear the database.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")
        # sqlite3 itself begins a transaction only at the first write, which lets two writers deadlock.
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another has written between,
        # however long the timeout: one that will write takes the lock before it reads.
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
