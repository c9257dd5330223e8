"""The review of turns, and which rows were withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("row_id", sa.Text, nullable=False, unique=True),
        sa.Column("question_key", sa.Text, nullable=False),
        sa.Column("asker", sa.Text, nullable=False),
        sa.Column("signals", sa.JSON, nullable=False),
        sa.Column("vote", sa.Integer),
        sa.Column("voted_at", _MOMENT),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("worth", sa.Double, nullable=False),
        sa.Column("why", sa.JSON, nullable=False),
        sa.Column("holder", sa.Text, index=True),
        sa.Column("held_until", _MOMENT),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", _MOMENT),
        sa.Column("record", sa.JSON),
        sa.Column("data_set", sa.Text),
    )
    op.create_index("reviews_waiting", "reviews", ["state", "worth", "turn_id"])
    op.create_index("reviews_decided", "reviews", ["decided_by", "decided_at"])
    op.create_index("reviews_alike", "reviews", ["question_key", "asker", "vote"])


def downgrade() -> None:
    op.drop_table("reviews")
