from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import assistant.schema
from assistant.schema import NEWEST, SchemaError, revision, upgrade
from ingest.catalogue import Catalogue
from ingest.tables import Base


def test_the_newest_migration_is_the_one_the_program_knows() -> None:
    folder = Path(assistant.schema.__file__).parent / "migrations" / "versions"
    assert max(path.name for path in folder.glob("0*.py")).startswith(f"{NEWEST}_")


def test_migrations_make_the_tables_that_the_code_declares(catalogue: Catalogue) -> None:
    with catalogue.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    # The full text is no table that SQLAlchemy declares.
    assert [difference for difference in differences if "chunk_terms" not in str(difference)] == []


def test_upgrading_twice_changes_nothing(catalogue: Catalogue) -> None:
    upgrade(catalogue.engine)
    assert revision(catalogue.engine) == NEWEST


def test_a_catalogue_of_a_newer_program_is_left_alone_and_said_so(catalogue: Catalogue) -> None:
    with catalogue.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaError, match="newer Refdesk"):
        upgrade(catalogue.engine)
    assert revision(catalogue.engine) == "9999"
