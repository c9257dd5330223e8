"""Diagnoses say where the answer stands and keep their corrections; what is missing is ticked off."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "turn_id", sa.Integer, sa.ForeignKey("diagnoses.turn_id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
    )
    op.create_index("corrections_of_a_person", "corrections", ["person", "made_at"])
    op.execute(
        "INSERT INTO corrections (turn_id, person, fault, made_at)"
        " SELECT turn_id, corrected_by, fault, changed_at FROM diagnoses WHERE corrected_by IS NOT NULL"
    )
    op.drop_column("diagnoses", "corrected_by")
    op.add_column("diagnoses", sa.Column("place", sa.JSON))
    op.create_table(
        "missing_done",
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("done_at", _MOMENT, nullable=False, index=True),
    )


def downgrade() -> None:
    op.drop_table("missing_done")
    op.drop_column("diagnoses", "place")
    op.add_column("diagnoses", sa.Column("corrected_by", sa.Text))
    op.execute(
        "UPDATE diagnoses SET corrected_by = (SELECT c.person FROM corrections c WHERE c.turn_id = diagnoses.turn_id"
        " ORDER BY c.id DESC LIMIT 1)"
    )
    op.drop_table("corrections")
