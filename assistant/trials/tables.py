"""Tables of trials."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from ingest.tables import Base, UtcDateTime, utc_now


class TrialRow(Base):
    """Two ways to answer, and which share of new conversations gets the second."""

    __tablename__ = "trials"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    usual: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As `assistant.conversations.Choices` has it."""
    challenger: Mapped[dict[str, Any]] = mapped_column(JSON)
    share: Mapped[float]
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_running: Mapped[bool | None] = mapped_column(unique=True, default=True)
    """True or NULL, so that there is no more than one that runs."""


class TrialConversationRow(Base):
    """A conversation that began in the way that was drawn for it; what is chosen later changes nothing."""

    __tablename__ = "trial_conversations"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    trial_id: Mapped[str] = mapped_column(ForeignKey("trials.id", ondelete="CASCADE"), index=True)
    is_challenger: Mapped[bool]
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
