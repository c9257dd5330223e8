"""The catalogue's schema: brought to the newest migration when the desk opens."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

NEWEST = "0010"
"""The newest migration; a test holds it against the folder."""


class SchemaError(Exception):
    """The catalogue cannot be brought to this program's schema; one sentence."""


def upgrade(engine: Engine) -> None:
    """Bring the catalogue to the newest schema; nothing is imported or done when it is there already.

    Raises:
        SchemaError: the catalogue was written by a newer Refdesk.
    """
    if revision(engine) == NEWEST:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # Two processes that open an empty catalogue at once take turns (SQLite's own lock sees to it there).
            connection.execute(text("SELECT pg_advisory_xact_lock(7331)"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            message = "The catalogue was written by a newer Refdesk: update this one, or point it at another home."
            raise SchemaError(message) from error


def revision(engine: Engine) -> str | None:
    """The migration that the catalogue is at, or None when it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
