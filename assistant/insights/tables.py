"""Tables of the catalogue that insights own: topics, and what questions mean."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ingest.tables import Base, UtcDateTime, utc_now


class TopicRow(Base):
    """Questions that are about the same."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    """The words that set it apart."""
    example_id: Mapped[int | None] = mapped_column(ForeignKey("turns.id", ondelete="SET NULL"))
    """The turn whose question is nearest to its middle."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    """When questions were grouped last; the same of all topics."""


class QuestionVectorRow(Base):
    """What a question means; goes with it."""

    __tablename__ = "question_vectors"
    __table_args__ = (Index("question_vectors_of_a_model", "model", "turn_id"),)

    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    model: Mapped[str] = mapped_column(Text)
    """Fingerprint of the embedding model: vectors of others cannot be compared."""
    vector: Mapped[bytes]
    """Of length 1, as float16 in little-endian order."""
