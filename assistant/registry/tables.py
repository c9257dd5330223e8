"""Tables of the catalogue that the model lab owns: what the gate said of models, and which was promoted when."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Text
from sqlalchemy.orm import Mapped, mapped_column

from ingest.tables import Base, UtcDateTime, utc_now


class VerdictRow(Base):
    """What the gate said of a model."""

    __tablename__ = "verdicts"

    id: Mapped[int] = mapped_column(primary_key=True)
    """In the order in which they were given; of a model the last one counts."""
    model: Mapped[str] = mapped_column(Text)
    """Its name."""
    sha256: Mapped[str] = mapped_column(Text, index=True)
    """Of its file: another file of the same name is another model."""
    accepted: Mapped[bool]
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As `assistant.registry.verdict.Verdict` has it."""
    overridden_by: Mapped[str | None] = mapped_column(Text)
    override_reason: Mapped[str | None] = mapped_column(Text)
    """Why it may be offered although it did not pass."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    overridden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PromotionRow(Base):
    """Something that was decided about which model answers. Only ever added to."""

    __tablename__ = "promotions"

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(Text)
    """promote, rollback or retire."""
    model: Mapped[str] = mapped_column(Text)
    """Its name then."""
    sha256: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    """Who decided it: a person's pseudonym, or “command line”."""
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
