"""Data sets and their rows, runs and results, prompts written on the page, what was chosen there; embedding models."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "data_sets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("gives_examples", sa.Boolean, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "data_set_rows",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("data_set_id", sa.Integer, sa.ForeignKey("data_sets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("row_id", sa.Text, nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False, index=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("part", sa.Text),
        sa.Column("notes", sa.JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("data_set_id", "row_id"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("data_set", sa.Text, nullable=False, index=True),
        sa.Column("rows_hash", sa.Text, nullable=False),
        sa.Column("configuration", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("measures", sa.JSON),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
    )
    op.create_table(
        "results",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("row_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False, index=True),
        sa.Column("row", sa.JSON, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.Column("measures", sa.JSON, nullable=False),
        sa.UniqueConstraint("run_id", "row_id"),
    )
    op.create_table(
        "prompts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("name", "version"),
    )
    op.create_table(
        "preferences",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.add_column("index_state", sa.Column("analysis", sa.Integer, nullable=False, server_default="1"))
    if op.get_bind().dialect.name == "sqlite":
        _make_full_text({"terms": "terms", "collection": "'c' || documents.collection_id"}, "ascii")
        op.execute("CREATE VIRTUAL TABLE chunk_terms_vocabulary USING fts5vocab('chunk_terms', 'col')")
    else:
        op.execute("ALTER TABLE chunk_terms ADD COLUMN collection INTEGER")
        op.execute(
            "UPDATE chunk_terms SET collection = documents.collection_id FROM chunks JOIN documents"
            " ON documents.current_version_id = chunks.version_id WHERE chunks.id = chunk_terms.rowid"
        )
    op.create_table(
        "embeddings",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folder", sa.Text),
        sa.Column("used_at", _MOMENT, nullable=False),
    )
    op.add_column("index_state", sa.Column("embedding", sa.Text))
    op.add_column("index_state", sa.Column("embedding_before", sa.Text))
    op.create_table(
        "chunk_words",
        sa.Column("chunk_id", sa.Integer, sa.ForeignKey("chunks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("words", sa.Integer, nullable=False),
        sa.Column("signs", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("chunk_words")
    op.drop_column("index_state", "embedding_before")
    op.drop_column("index_state", "embedding")
    if op.get_bind().dialect.name == "sqlite":
        _make_full_text({"terms": "terms"}, "unicode61 remove_diacritics 0")
        op.execute("CREATE VIRTUAL TABLE chunk_terms_vocabulary USING fts5vocab('chunk_terms', 'row')")
    else:
        op.drop_column("chunk_terms", "collection")
    op.drop_column("index_state", "analysis")
    for table in ("embeddings", "preferences", "prompts", "results", "runs", "data_set_rows", "data_sets"):
        op.drop_table(table)


def _make_full_text(columns: dict[str, str], tokenize: str) -> None:
    """Make SQLite's full text anew with what it holds.

    Its tokenizer is only to part terms at blanks: "ascii" leaves all beyond ASCII whole, where "unicode61" parts at
    the vowel signs of Indic scripts.
    """
    names, values = ", ".join(columns), ", ".join(columns.values())
    op.execute("DROP TABLE chunk_terms_vocabulary")
    op.execute("ALTER TABLE chunk_terms RENAME TO chunk_terms_before")
    op.execute(f"CREATE VIRTUAL TABLE chunk_terms USING fts5({names}, tokenize = '{tokenize}')")
    op.execute(
        f"INSERT INTO chunk_terms (rowid, {names}) SELECT chunks.id, {values} FROM chunk_terms_before"
        " JOIN chunks ON chunks.id = chunk_terms_before.rowid"
        " JOIN documents ON documents.current_version_id = chunks.version_id"
    )
    op.execute("DROP TABLE chunk_terms_before")
