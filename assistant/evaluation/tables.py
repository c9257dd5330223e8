"""Tables of the catalogue that evaluation owns: data sets with their rows, and runs with their results."""

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
    """As `assistant.evaluation.rows.as_record` writes it."""
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


class RunRow(Base):
    """Rows asked with one configuration, and how good what came back is."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    """12 hexadecimal digits."""
    label: Mapped[str] = mapped_column(Text)
    """What people call it."""
    data_set: Mapped[str] = mapped_column(Text, index=True)
    """The name of the file or the set that the rows are from."""
    rows_hash: Mapped[str] = mapped_column(Text)
    configuration: Mapped[dict[str, Any]] = mapped_column(JSON)
    """All that decides what is answered: backend, model, prompt, retrieval, documents."""
    state: Mapped[str] = mapped_column(Text)
    """running, done, cancelled or failed."""
    total: Mapped[int]
    """Rows to ask."""
    measures: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Each with its interval, over all rows; None until it is done."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ResultRow(Base):
    """What came back for a row of a run; enough to compute every figure anew."""

    __tablename__ = "results"
    __table_args__ = (UniqueConstraint("run_id", "row_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    position: Mapped[int]
    """Place among the rows of the run, from 0."""
    row_id: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text, index=True)
    """Hash of the row's content and the configuration: the same key needs no second answer."""
    row: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Ranked passages, answer, citations, stop reason, timings, tokens and cost."""
    measures: Mapped[dict[str, float | None]] = mapped_column(JSON)
    """By name; None where the row has nothing to measure by."""
