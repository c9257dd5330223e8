"""Document versions in the catalogue: staged unseen, shown in one step, swept when nothing points at them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ingest.catalogue import Catalogue
from ingest.chunking import Chunk
from ingest.elements import ParsedDocument
from ingest.files import FileStore
from ingest.index.dense import DenseIndex
from ingest.index.lexical import LexicalIndex
from ingest.tables import ChunkRow, CollectionRow, DocumentRow, IndexState, JobRow, PageRow, VersionRow
from ingest.vectors import Vectors
from models.words import Signs


@dataclass(frozen=True, kw_only=True)
class Current:
    """The version of a document that is found now."""

    sha256: str
    recipe: str
    pages: int | None
    chunks: int
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Staged:
    """A version that is written and not yet found."""

    collection_id: int
    document_id: int
    version_id: int
    chunk_ids: list[int]


class Versions:
    """Writes versions. The caller holds the right to write."""

    def __init__(self, catalogue: Catalogue, files: FileStore) -> None:
        self._catalogue = catalogue
        self._files = files
        self._lexical = LexicalIndex(catalogue.engine)

    def current(self, collection: str, name: str) -> Current | None:
        """What is found now under a name, or None."""
        query = (
            select(VersionRow)
            .join(DocumentRow, DocumentRow.current_version_id == VersionRow.id)
            .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
            .where(CollectionRow.name == collection, DocumentRow.name == name)
        )
        with self._catalogue.session() as session:
            row = session.scalars(query).first()
        if row is None:
            return None
        return Current(
            sha256=row.sha256, recipe=row.recipe, pages=row.page_count, chunks=row.chunk_count, notes=tuple(row.notes)
        )

    def stage(
        self,
        *,
        collection: str,
        name: str,
        sha256: str,
        size: int,
        recipe: str,
        document: ParsedDocument,
        chunks: list[Chunk],
    ) -> Staged:
        """Write a version with its chunks and pages where nobody finds it yet."""
        with self._catalogue.writing() as session:
            document_row = _document(session, _collection_id(session, collection), name)
            version = VersionRow(
                document_id=document_row.id,
                sha256=sha256,
                recipe=recipe,
                format=PurePosixPath(name).suffix.lower().lstrip("."),
                bytes=size,
                title=document.title,
                page_count=document.page_count,
                chunk_count=len(chunks),
                notes=list(document.notes),
                text=document.text,
            )
            session.add(version)
            session.flush()
            chunk_rows = [_chunk_row(version.id, chunk) for chunk in chunks]
            session.add_all(chunk_rows)
            session.add_all(_page_rows(version.id, document))
            session.flush()
            return Staged(
                collection_id=document_row.collection_id,
                document_id=document_row.id,
                version_id=version.id,
                chunk_ids=[row.id for row in chunk_rows],
            )

    def show(
        self, staged: Staged, search_texts: Mapping[int, str], kept: Vectors, *, signs: Mapping[int, Signs]
    ) -> None:
        """Make a staged version the one that is found, in one transaction with its full text and its words' signs.

        Its vectors are in `kept` already.
        """
        with self._catalogue.writing() as session:
            document = session.get_one(DocumentRow, staged.document_id)
            if document.current_version_id is not None:
                self._lexical.delete(session, document.current_version_id)
            self._lexical.add(session, staged.collection_id, search_texts)
            kept.words.add(session, signs)
            document.current_version_id = staged.version_id
            generation = _next_generation(session)
        kept.dense.wrote(generation)

    def hide(self, document_ids: Iterable[int], dense: DenseIndex) -> list[tuple[str, str]]:
        """Make documents unfindable in one transaction; gives their names and collections."""
        query = (
            select(DocumentRow, CollectionRow.name)
            .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
            .where(DocumentRow.id.in_(list(document_ids)), DocumentRow.current_version_id.is_not(None))
        )
        with self._catalogue.writing() as session:
            gone = []
            for document, collection in session.execute(query).all():
                assert document.current_version_id is not None
                self._lexical.delete(session, document.current_version_id)
                document.current_version_id = None
                gone.append((document.name, collection))
            generation = _next_generation(session)
        dense.wrote(generation)
        return gone

    def sweep(self, dense: DenseIndex) -> None:
        """Delete every version that no document points at: vectors first, rows next, files last.

        In this order a crash leaves rows to sweep again, never a vector or a file that nothing knows of.
        """
        current = select(DocumentRow.current_version_id).where(DocumentRow.current_version_id.is_not(None))
        with self._catalogue.session() as session:
            orphans = session.execute(
                select(VersionRow.id, VersionRow.sha256, DocumentRow.collection_id)
                .join(DocumentRow, DocumentRow.id == VersionRow.document_id)
                .where(VersionRow.id.not_in(current))
            ).all()
            if not orphans:
                return
            vectors = defaultdict[int, list[int]](list)
            for version_id, _, collection_id in orphans:
                ids = session.scalars(select(ChunkRow.id).where(ChunkRow.version_id == version_id))
                vectors[collection_id] += ids
        dense.delete(vectors)
        version_ids = [version_id for version_id, _, _ in orphans]
        with self._catalogue.writing() as session:
            for table in (ChunkRow, PageRow):
                session.execute(delete(table).where(table.version_id.in_(version_ids)))
            session.execute(delete(VersionRow).where(VersionRow.id.in_(version_ids)))
            versions = select(VersionRow.document_id)
            session.execute(
                delete(DocumentRow).where(DocumentRow.current_version_id.is_(None), DocumentRow.id.not_in(versions))
            )
        self.sweep_files({sha256 for _, sha256, _ in orphans})

    def sweep_files(self, hashes: set[str]) -> None:
        """Delete those files that neither a version nor unfinished work needs."""
        with self._catalogue.session() as session:
            versions = set(session.scalars(select(VersionRow.sha256).where(VersionRow.sha256.in_(hashes))))
            jobs = session.scalars(select(JobRow.payload).where(JobRow.state.in_(("queued", "running"))))
            waiting = {payload.get("sha256") for payload in jobs}
        for sha256 in hashes - versions - waiting:
            self._files.remove(sha256)


def _next_generation(session: Session) -> int:
    """Tell every process, with this transaction, that what can be found has changed."""
    state = IndexState.of(session)
    state.generation += 1
    return state.generation


def _collection_id(session: Session, name: str) -> int:
    row = session.scalars(select(CollectionRow).where(CollectionRow.name == name)).first()
    if row is None:
        row = CollectionRow(name=name)
        session.add(row)
        session.flush()
    return row.id


def _document(session: Session, collection_id: int, name: str) -> DocumentRow:
    row = session.scalars(
        select(DocumentRow).where(DocumentRow.collection_id == collection_id, DocumentRow.name == name)
    ).first()
    if row is None:
        row = DocumentRow(collection_id=collection_id, name=name)
        session.add(row)
        session.flush()
    return row


def _chunk_row(version_id: int, chunk: Chunk) -> ChunkRow:
    return ChunkRow(
        version_id=version_id,
        ordinal=chunk.ordinal,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        headings=list(chunk.headings),
        header=chunk.header,
        page_starts=[list(begins) for begins in chunk.page_starts],
    )


def _page_rows(version_id: int, document: ParsedDocument) -> list[PageRow]:
    return [
        PageRow(
            version_id=version_id,
            number=page.number,
            width=page.width,
            height=page.height,
            boxes=[[b.start, b.end, b.left, b.top, b.right, b.bottom] for b in page.boxes],
        )
        for page in document.pages
    ]
