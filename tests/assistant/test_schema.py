from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

import assistant.schema
from assistant.schema import NEWEST, SchemaError, revision, upgrade
from ingest.catalogue import Catalogue
from ingest.index.lexical import LexicalIndex
from ingest.tables import Base

MIGRATIONS = Path(assistant.schema.__file__).parent / "migrations"


def test_the_newest_migration_is_the_one_the_program_knows() -> None:
    assert max(path.name for path in (MIGRATIONS / "versions").glob("0*.py")).startswith(f"{NEWEST}_")


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


def test_the_full_text_of_an_earlier_schema_is_still_searched(catalogue: Catalogue) -> None:
    with catalogue.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        connection.exec_driver_sql("INSERT INTO collections (id, name, created_at) VALUES (3, 'c', '2026-01-01')")
        connection.exec_driver_sql(
            "INSERT INTO documents (id, collection_id, name, current_version_id, created_at)"
            " VALUES (5, 3, 'd', 7, '2026-01-01')"
        )
        connection.exec_driver_sql(
            "INSERT INTO versions (id, document_id, sha256, recipe, format, bytes, chunk_count, notes, text,"
            " created_at) VALUES (7, 5, '', '', '', 0, 1, '[]', '', '2026-01-01')"
        )
        connection.exec_driver_sql(
            "INSERT INTO chunks (id, version_id, ordinal, start_char, end_char, text, headings, term_count,"
            " page_starts) VALUES (40, 7, 0, 0, 1, 'A boat', '[]', 1, '[]')"
        )
        vector = (
            ("", "") if catalogue.engine.dialect.name == "sqlite" else (", vector", ", to_tsvector('simple', 'boat')")
        )
        connection.exec_driver_sql(f"INSERT INTO chunk_terms (rowid, terms{vector[0]}) VALUES (40, 'boat'{vector[1]})")
    upgrade(catalogue.engine)
    assert list(LexicalIndex(catalogue.engine).query("boats", [3], 1).scores) == [40]
    assert LexicalIndex(catalogue.engine).query("boats", [4], 1).scores == {}


def test_what_was_corrected_before_corrections_were_kept_stays_corrected(catalogue: Catalogue) -> None:
    with catalogue.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
        connection.exec_driver_sql(
            "INSERT INTO conversations (id, person, title, choices, created_at, changed_at)"
            " VALUES ('c', 'ann', '', '{}', '2026-01-01', '2026-01-01')"
        )
        connection.exec_driver_sql(
            "INSERT INTO turns (id, conversation_id, trace_id, question, asked_at)"
            " VALUES (3, 'c', 't', '', '2026-01-01')"
        )
        connection.exec_driver_sql(
            "INSERT INTO diagnoses (turn_id, found, checks, fault, corrected_by, made_at, changed_at)"
            " VALUES (3, 'not-used', '[]', 'style', 'bob', '2026-01-01', '2026-01-02')"
        )
    upgrade(catalogue.engine)
    with catalogue.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT turn_id, person, fault FROM corrections").all()
        assert [tuple(row) for row in kept] == [(3, "bob", "style")]
