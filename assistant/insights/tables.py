"""Tables of the catalogue that insights own: what is asked about many answers, in few and short columns.

The whole of an answer is JSON, which no database counts a hundred thousand of in a second.
"""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ingest.tables import Base, UtcDateTime, utc_now


class TurnFactsRow(Base):
    """Facts about an answer, written in its transaction."""

    __tablename__ = "turn_facts"
    __table_args__ = (Index("turn_facts_of_a_day", "day"),)

    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    """On which it was asked, in UTC."""
    person: Mapped[str] = mapped_column(Text)
    """Who asked, by pseudonym: counted, never shown."""
    outcome: Mapped[str] = mapped_column(Text)
    """Of `assistant.insights.facts.OUTCOMES`."""
    rail: Mapped[str | None] = mapped_column(Text)
    """The one that stopped it."""
    wording: Mapped[str] = mapped_column(Text)
    """The same for questions of the same terms, in whatever order."""
    backend: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float | None]
    """Probability that the documents answer it."""
    unsupported: Mapped[int]
    """Sentences that no passage supports."""
    tokens: Mapped[int]
    """Read and written."""
    cost: Mapped[float | None]
    first_s: Mapped[float | None]
    """Until the first word of an answer was there, a quote's or a model's."""
    total_s: Mapped[float]
    question_rails_s: Mapped[float | None]
    """This and the following: seconds of a stage; None where it was not gone through."""
    rewrite_s: Mapped[float | None]
    retrieve_s: Mapped[float | None]
    quote_s: Mapped[float | None]
    write_s: Mapped[float | None]
    answer_rails_s: Mapped[float | None]
    support_s: Mapped[float | None]
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topics.id", ondelete="SET NULL"), index=True)
    """Given when questions are grouped; the one fact that is not written with the answer."""


class TurnDocumentRow(Base):
    """A document among whose passages an answer was looked for; goes with either."""

    __tablename__ = "turn_documents"
    __table_args__ = (Index("turn_documents_of_a_document", "document_id"),)

    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    cited: Mapped[bool]
    """Whether the answer rests on it."""


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
