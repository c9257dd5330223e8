"""Table of the catalogue that the review owns: what waits for a look, and what was decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ingest.tables import Base, UtcDateTime


class ReviewRow(Base):
    """A turn as reviewers see it; goes with the turn."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index("reviews_waiting", "state", "worth", "turn_id"),
        Index("reviews_decided", "decided_by", "decided_at"),
        Index("reviews_alike", "question_key", "asker", "vote"),
    )

    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    row_id: Mapped[str] = mapped_column(Text, unique=True)
    """Of the data set's row that may be made of it."""
    question_key: Mapped[str] = mapped_column(Text)
    """The same for the same question in whatever case and spacing."""
    asker: Mapped[str] = mapped_column(Text)
    """Who has asked, by pseudonym; no reviewer is told."""
    signals: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As `assistant.review.worth.Signals` has them, but for what other turns say."""
    vote: Mapped[int | None]
    """1 up, -1 down, None: nobody has voted."""
    voted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the vote was given that the signals know."""
    state: Mapped[str] = mapped_column(Text)
    """passed (nothing to look at), waiting, approved, corrected, rejected or private."""
    worth: Mapped[float]
    """How much a look is worth; 0 where nothing is to be seen."""
    why: Mapped[list[str]] = mapped_column(JSON)
    """Sentences that say why it is worth a look."""
    holder: Mapped[str | None] = mapped_column(Text, index=True)
    """Who looks at it now, by pseudonym."""
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    record: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The evaluation row that was approved, for as long as it is in its set."""
    data_set: Mapped[str | None] = mapped_column(Text)
    """Where it went."""
