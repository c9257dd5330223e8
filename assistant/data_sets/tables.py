"""Tables of the catalogue that data sets are kept in."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ingest.tables import Base, UtcDateTime, utc_now


class DataSetRow(Base):
    """A named set of evaluation rows."""

    __tablename__ = "data_sets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    gives_examples: Mapped[bool] = mapped_column(default=False)
    """Whether all its approved rows may be shown to models as examples, whatever their part."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ItemRow(Base):
    """An evaluation row of a data set."""

    __tablename__ = "data_set_rows"
    __table_args__ = (UniqueConstraint("data_set_id", "row_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    """In the order in which they came."""
    data_set_id: Mapped[int] = mapped_column(ForeignKey("data_sets.id", ondelete="CASCADE"))
    row_id: Mapped[str] = mapped_column(Text)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As `assistant.data_sets.rows.as_record` writes it."""
    state: Mapped[str] = mapped_column(Text, index=True)
    """proposed, approved or rejected; only approved ones count."""
    origin: Mapped[str] = mapped_column(Text)
    """imported, written, synthesised or feedback."""
    part: Mapped[str | None] = mapped_column(Text)
    """train, dev or test, once the set is split."""
    notes: Mapped[list[str]] = mapped_column(JSON, default=list)
    """For who reviews it: where it comes from and what the filters found."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
