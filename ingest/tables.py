"""Tables of the catalogue that ingest owns. Changes need a migration in assistant/migrations."""

from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Integer, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    """All tables of the catalogue, those of the upper floors included."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite alone would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back what was stored with its zone."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def utc_now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class IndexState(Base):
    """One row: what the index holds as a whole."""

    __tablename__ = "index_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(default=0)
    """Grows with every change of what can be found, whichever process made it."""
    chunks: Mapped[int] = mapped_column(default=0)
    words: Mapped[int] = mapped_column(default=0)
    """Terms of all chunks together."""
    analysis: Mapped[int] = mapped_column(default=1)
    """The analysis that made the terms of them all; while another one is in use, some may be of that already."""
    embedding: Mapped[str | None] = mapped_column(Text)
    """Fingerprint of the embedding model that was swapped in; None: the settings' is used."""
    embedding_before: Mapped[str | None] = mapped_column(Text)
    """Of the one that it took the place of."""

    @classmethod
    def of(cls, session: Session) -> Self:
        """The row, locked until the transaction ends."""
        return session.get_one(cls, 1, with_for_update=True)


class EmbeddingRow(Base):
    """An embedding model that search uses or used."""

    __tablename__ = "embeddings"

    fingerprint: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    folder: Mapped[str | None] = mapped_column(Text)
    """None: the packaged one. One that is not absolute lies in the home's folder of embedding models."""
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    """When it last came into use, or went out of it."""


class CollectionRow(Base):
    """A named set of documents; search can be kept to some of them."""

    __tablename__ = "collections"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class DocumentRow(Base):
    """A document by its name; what it says is in its versions."""

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("collection_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    name: Mapped[str] = mapped_column(Text)
    current_version_id: Mapped[int | None] = mapped_column(index=True)
    """The version that is found. None: still being added, or removed. Versions that nothing points at are swept."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class VersionRow(Base):
    """What a document said at one time."""

    __tablename__ = "versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(Text, index=True)
    """Of the file's bytes; the file lies under this name in the file store."""
    recipe: Mapped[str] = mapped_column(Text)
    """How it was parsed, chunked and embedded; another recipe makes the same bytes worth reading again."""
    format: Mapped[str] = mapped_column(Text)
    """The file's suffix without the dot, in lower case."""
    bytes: Mapped[int]
    title: Mapped[str | None] = mapped_column(Text)
    page_count: Mapped[int | None]
    chunk_count: Mapped[int]
    notes: Mapped[list[str]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class PageRow(Base):
    """A page that can be shown as a picture, with the places of its lines."""

    __tablename__ = "pages"

    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    width: Mapped[float]
    height: Mapped[float]
    boxes: Mapped[list[list[float]]] = mapped_column(JSON)
    """A list a line: start, end (characters), left, top, right, bottom (points)."""


class ChunkRow(Base):
    """A passage: the unit that is searched, quoted and cited."""

    __tablename__ = "chunks"
    __table_args__ = (UniqueConstraint("version_id", "ordinal"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    start: Mapped[int] = mapped_column("start_char")
    end: Mapped[int] = mapped_column("end_char")
    text: Mapped[str] = mapped_column(Text)
    headings: Mapped[list[str]] = mapped_column(JSON)
    header: Mapped[str | None] = mapped_column(Text)
    term_count: Mapped[int] = mapped_column(default=0)
    """Length as lexical search counts it."""
    page_starts: Mapped[list[list[int]]] = mapped_column(JSON)
    """Place in the version's text and page, for each page that the chunk stands on."""


class ChunkWordsRow(Base):
    """The words of a passage, as an embedding model sees each in its place; see `models.words`."""

    __tablename__ = "chunk_words"

    chunk_id: Mapped[int] = mapped_column(ForeignKey("chunks.id", ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Text, primary_key=True)
    """Of the embedding model."""
    words: Mapped[int]
    signs: Mapped[bytes]
    """A bit a dimension, the words one after the other."""


class JobRow(Base):
    """Work that goes on without its person: waiting, under way, or done."""

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    batch: Mapped[str] = mapped_column(Text, index=True)
    """What was handed in together is shown together."""
    label: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(Text, index=True, default="queued")
    """queued, running, done, failed or cancelled."""
    stage: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
