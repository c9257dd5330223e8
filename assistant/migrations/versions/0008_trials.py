"""A share of conversations is answered in another way."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "trials",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("usual", sa.JSON, nullable=False),
        sa.Column("challenger", sa.JSON, nullable=False),
        sa.Column("share", sa.Double, nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("is_running", sa.Boolean, unique=True),
    )
    op.create_table(
        "trial_conversations",
        sa.Column("conversation_id", sa.Text, sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("trial_id", sa.Text, sa.ForeignKey("trials.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("is_challenger", sa.Boolean, nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("trial_conversations")
    op.drop_table("trials")
