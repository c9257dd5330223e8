"""Tables of the catalogue that belong to a turn and go with it, the outbox, and what is chosen.

Other work has tables of its own: `tables.py` in `data_sets`, `evaluation`, `insights`, `registry` and `trials`.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ingest.tables import Base, UtcDateTime, utc_now


class ConversationRow(Base):
    """A person's conversation. Its turns are a tree: asking again puts a branch beside the old one."""

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_of_a_person", "person", "changed_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    person: Mapped[str] = mapped_column(Text)
    """Who it belongs to, by pseudonym; nobody else sees it."""
    title: Mapped[str] = mapped_column(Text)
    choices: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Backend, model, prompt and collections of the next question, as chosen last."""
    head_id: Mapped[int | None]
    """The turn that the shown branch ends with."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class TurnRow(Base):
    """A question, and its answer once that is complete."""

    __tablename__ = "turns"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), index=True)
    """The turn that it goes on from; those with the same one are branches of each other."""
    trace_id: Mapped[str] = mapped_column(Text, unique=True)
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """None: the answer never came to its end."""
    answered: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The whole of `assistant.answered.Answered`."""
    backend: Mapped[str | None] = mapped_column(Text)
    """Who wrote the answer; None where quotes are it. This and the following are what is measured over many turns."""
    model: Mapped[str | None] = mapped_column(Text)
    prompt: Mapped[str | None] = mapped_column(Text)
    first_token_s: Mapped[float | None]
    tokens_per_second: Mapped[float | None]
    total_s: Mapped[float | None]
    completion_tokens: Mapped[int | None]
    cost: Mapped[float | None]


class VoteRow(Base):
    """What a person thinks of an answer."""

    __tablename__ = "votes"
    __table_args__ = (UniqueConstraint("turn_id", "person"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    person: Mapped[str] = mapped_column(Text)
    value: Mapped[int]
    """1 up, -1 down."""
    reasons: Mapped[list[str]] = mapped_column(JSON)
    comment: Mapped[str] = mapped_column(Text)
    better_answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class SourceMarkRow(Base):
    """What a person thinks of one source of an answer: whether it is the right one."""

    __tablename__ = "source_marks"
    __table_args__ = (UniqueConstraint("turn_id", "person", "n"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    person: Mapped[str] = mapped_column(Text)
    n: Mapped[int]
    """The source's number in the answer."""
    is_right: Mapped[bool]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"), index=True)
    """The document that it stands in; None where that is no longer on the desk."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class SignalRow(Base):
    """What a person did with an answer, from which something may be learnt without their saying it."""

    __tablename__ = "signals"
    __table_args__ = (UniqueConstraint("turn_id", "person", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    person: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    """Of `assistant.signals.SIGNALS`."""
    times: Mapped[int] = mapped_column(default=1)
    sources: Mapped[list[int]] = mapped_column(JSON)
    """Numbers of the sources that it was about, each once."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class DiagnosisRow(Base):
    """Where an answer that somebody was not content with went wrong."""

    __tablename__ = "diagnoses"

    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    found: Mapped[str] = mapped_column(Text)
    """The fault (`assistant.diagnosis.FAULTS`) as the checks have it."""
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """As `assistant.diagnosis.Check` has them."""
    fault: Mapped[str] = mapped_column(Text, index=True)
    """As somebody corrected it, else as found."""
    place: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """As `assistant.diagnosis.Place` has it: where the answer stands."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class CorrectionRow(Base):
    """What somebody says that the fault of an answer is; the last one counts. Goes with the diagnosis."""

    __tablename__ = "corrections"
    __table_args__ = (Index("corrections_of_a_person", "person", "made_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[int] = mapped_column(ForeignKey("diagnoses.turn_id", ondelete="CASCADE"), index=True)
    person: Mapped[str] = mapped_column(Text)
    """Who has looked at it, by pseudonym."""
    fault: Mapped[str] = mapped_column(Text)
    """As found, or another."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class MissingRow(Base):
    """A question that the documents did not answer, ticked off by whoever keeps them; goes with the turn."""

    __tablename__ = "missing_done"

    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(Text)
    """Who has ticked it off, by pseudonym."""
    done_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


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


class TurnFactsRow(Base):
    """Facts about an answer, written in its transaction: what is asked about many, in few and short columns.

    The whole of an answer is JSON, which no database counts a hundred thousand of in a second.
    """

    __tablename__ = "turn_facts"
    __table_args__ = (Index("turn_facts_of_a_day", "day"),)

    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    """On which it was asked, in UTC."""
    person: Mapped[str] = mapped_column(Text)
    """Who asked, by pseudonym: counted, never shown."""
    outcome: Mapped[str] = mapped_column(Text)
    """Of `assistant.facts.OUTCOMES`."""
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


class OutboxRow(Base):
    """Something that Langfuse is still to be told."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_due", "due_at", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    """In the order in which it happened; what concerns one `key` is sent in it."""
    kind: Mapped[str] = mapped_column(Text)
    """trace, score, retraction (of a score) or removal (of a trace); dropped counts what was never sent."""
    key: Mapped[str] = mapped_column(Text, index=True)
    """Id of the trace or the score."""
    trace_id: Mapped[str] = mapped_column(Text, index=True)
    """The turn that it is about; goes with it when a person deletes the conversation."""
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was begun to be sent: with 0 it cannot have arrived."""
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    """Not tried before."""
    error: Mapped[str | None] = mapped_column(Text)
    """Why it was not taken the last time."""


class PromptRow(Base):
    """A version of a prompt that was written on the page; those that ship are files."""

    __tablename__ = "prompts"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    """Goes on where the file's ends."""
    text: Mapped[str] = mapped_column(Text)
    """As a file in assistant/prompts has it, head and sections."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class PreferenceRow(Base):
    """Something that was chosen for everybody on a page, and outlives a restart."""

    __tablename__ = "preferences"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
