"""What insights count: facts about answers, and the documents that these were looked for in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from assistant.facts import documents_of, facts_of
from ingest.tables import UtcDateTime

revision = "0006"
down_revision = "0005"

_AT_ONCE = 500


def upgrade() -> None:
    op.create_table(
        "topics",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("example_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="SET NULL")),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "question_vectors",
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_index("question_vectors_of_a_model", "question_vectors", ["model", "turn_id"])
    facts = op.create_table(
        "turn_facts",
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("rail", sa.Text),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("backend", sa.Text),
        sa.Column("model", sa.Text),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("confidence", sa.Double),
        sa.Column("unsupported", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("cost", sa.Double),
        sa.Column("first_s", sa.Double),
        sa.Column("total_s", sa.Double, nullable=False),
        sa.Column("question_rails_s", sa.Double),
        sa.Column("rewrite_s", sa.Double),
        sa.Column("retrieve_s", sa.Double),
        sa.Column("quote_s", sa.Double),
        sa.Column("write_s", sa.Double),
        sa.Column("answer_rails_s", sa.Double),
        sa.Column("support_s", sa.Double),
        sa.Column("topic_id", sa.Integer, sa.ForeignKey("topics.id", ondelete="SET NULL"), index=True),
    )
    op.create_index("turn_facts_of_a_day", "turn_facts", ["day"])
    documents = op.create_table(
        "turn_documents",
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("document_id", sa.Integer, sa.ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("cited", sa.Boolean, nullable=False),
    )
    op.create_index("turn_documents_of_a_document", "turn_documents", ["document_id"])
    _fill(facts, documents)


def downgrade() -> None:
    op.drop_table("turn_documents")
    op.drop_table("turn_facts")
    op.drop_table("question_vectors")
    op.drop_table("topics")


def _fill(facts: sa.Table, documents: sa.Table) -> None:
    """Of the answers that are there already, some at a time: all of them at once may not fit into memory."""
    turns = sa.table(
        "turns",
        sa.column("id", sa.Integer),
        sa.column("conversation_id", sa.Text),
        sa.column("asked_at", UtcDateTime),
        sa.column("answered", sa.JSON(none_as_null=True)),
        sa.column("answered_at", sa.DateTime(timezone=True)),
    )
    conversations = sa.table("conversations", sa.column("id", sa.Text), sa.column("person", sa.Text))
    query = (
        sa.select(turns.c.id, turns.c.asked_at, turns.c.answered, conversations.c.person)
        .join(conversations, conversations.c.id == turns.c.conversation_id)
        .where(turns.c.answered_at.is_not(None))
        .order_by(turns.c.id)
        .limit(_AT_ONCE)
    )
    session, last = Session(bind=op.get_bind()), 0
    while rows := session.execute(query.where(turns.c.id > last)).all():
        last = rows[-1].id
        for row in rows:
            if not (row.answered or {}).get("finished"):
                continue
            of = facts_of(row.answered, person=row.person, asked_at=row.asked_at)
            known = {name: value for name, value in of.items() if name in facts.c}
            session.execute(facts.insert().values(turn_id=row.id, **known))
            for id_, cited in documents_of(session, row.answered).items():
                session.execute(documents.insert().values(turn_id=row.id, document_id=id_, cited=cited))
    session.flush()
