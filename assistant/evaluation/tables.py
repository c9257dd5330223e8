"""Tables of the catalogue that evaluation owns: runs with their results."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ingest.tables import Base, UtcDateTime, utc_now


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
