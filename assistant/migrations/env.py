"""Alembic's environment: runs the migrations on the connection that assistant.schema hands over."""

from alembic import context

import assistant.data_sets.tables
import assistant.evaluation.tables
import assistant.insights.tables
import assistant.registry.tables
import assistant.tables
import assistant.trials.tables  # noqa: F401  (they declare tables on Base)
from ingest.tables import Base

connection = context.config.attributes["connection"]
# SQLite cannot alter most things in place: batch mode copies the table.
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
