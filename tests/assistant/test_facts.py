"""Facts are written with the answer, go with it, and are made of answers that an earlier Refdesk kept."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select

import assistant.schema
from assistant.conversations import Choices, Conversations
from assistant.events import TurnEvent
from assistant.facts import outcome_of, wording
from assistant.schema import upgrade
from assistant.tables import TurnDocumentRow, TurnFactsRow
from assistant.tracing import Outbox
from ingest.catalogue import Catalogue
from ingest.tables import CollectionRow, DocumentRow

_PERSON = "a" * 32
_MIGRATIONS = Path(assistant.schema.__file__).parent / "migrations"


@pytest.fixture
def conversation_id(catalogue: Catalogue, turn_events: Callable[..., Iterator[TurnEvent]]) -> str:
    """A conversation with one answer, citing a document that is on the desk."""
    with catalogue.writing() as session:
        session.add(CollectionRow(id=1, name="documents"))
        session.flush()
        session.add(DocumentRow(id=7, collection_id=1, name="hand*book*.md", current_version_id=1))
    conversations = Conversations(catalogue, Outbox(catalogue))
    id_ = conversations.begin(_PERSON, "What is it?", Choices(backend="local", prompt="direct")).id
    turn = turn_events("What is it?", trace_id="1" * 32, model="small")
    events = conversations.keep(
        turn, person=_PERSON, conversation_id=id_, question="What is it?", parent_id=None, trace_id="1" * 32
    )
    assert list(events)
    return id_


def _kept(catalogue: Catalogue) -> tuple[list[Any], list[Any]]:
    with catalogue.session() as session:
        facts = session.execute(select(TurnFactsRow.__table__)).all()
        return list(facts), list(session.execute(select(TurnDocumentRow.__table__)).all())


def test_facts_are_written_with_the_answer(catalogue: Catalogue, conversation_id: str) -> None:
    [facts], [document] = _kept(catalogue)
    assert (facts.outcome, facts.backend, facts.model, facts.prompt) == ("answered", "local", "small", "direct@1")
    assert (facts.person, facts.tokens, facts.first_s, facts.total_s) == (_PERSON, 106, 0.02, 1.0)
    assert (document.turn_id, document.document_id, document.cited) == (facts.turn_id, 7, True)


def test_facts_go_with_the_conversation(catalogue: Catalogue, conversation_id: str) -> None:
    Conversations(catalogue, Outbox(catalogue)).delete(_PERSON, conversation_id)
    assert _kept(catalogue) == ([], [])


def test_answers_that_are_there_already_get_theirs(catalogue: Catalogue, conversation_id: str) -> None:
    before = _kept(catalogue)
    with catalogue.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
    upgrade(catalogue.engine)
    assert before[0]
    assert _kept(catalogue) == before


@pytest.mark.parametrize(
    ("ended", "outcome"),
    [
        ({}, "answered"),
        ({"stopped_by": "length"}, "answered"),
        ({"stopped_by": "person"}, "interrupted"),
        ({"abstained": True}, "not-found"),
        ({"abstained": True, "stopped_by": "injection"}, "stopped"),
        ({"error": "The server did not answer."}, "failed"),
    ],
)
def test_how_a_turn_has_ended(ended: dict[str, Any], outcome: str) -> None:
    assert outcome_of({"stopped_by": None, "error": None, "abstained": False} | ended) == outcome


def test_the_same_words_are_the_same_wording() -> None:
    assert wording("What does a mooring cost?") == wording("what do moorings cost")
    assert wording("What does a mooring cost?") != wording("What does a licence cost?")
