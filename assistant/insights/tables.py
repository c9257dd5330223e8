"""Tables of the catalogue that insights own: what is asked about many answers, in few and short columns.

The whole of an answer is JSON, which no database counts a hundred thousand of in a second.
"""

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ingest.tables import Base


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


class TurnDocumentRow(Base):
    """A document among whose passages an answer was looked for; goes with either."""

    __tablename__ = "turn_documents"
    __table_args__ = (Index("turn_documents_of_a_document", "document_id"),)

    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    cited: Mapped[bool]
    """Whether the answer rests on it."""
