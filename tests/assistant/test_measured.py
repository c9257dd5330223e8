import pytest

from assistant.conversations import Choices, Conversations
from assistant.measured import Measured, measured
from assistant.tables import TurnRow
from assistant.tracing import Outbox
from ingest.catalogue import Catalogue


def _add(catalogue: Catalogue, *rows: dict[str, object]) -> None:
    conversation = Conversations(catalogue, Outbox(catalogue)).begin(
        "a" * 32, "Q", Choices(backend="local", prompt="quote")
    )
    with catalogue.writing() as session:
        for number, row in enumerate(rows):
            session.add(
                TurnRow(conversation_id=conversation.id, trace_id=f"{conversation.id}-{number}", question="Q", **row)
            )


def test_nothing_is_measured_before_the_first_answer(catalogue: Catalogue) -> None:
    assert measured(catalogue, "local").answers == 0
    assert measured(catalogue, "local").first_token_s is None


def test_medians_are_of_one_backend_and_model(catalogue: Catalogue) -> None:
    small = {"backend": "local", "model": "small", "tokens_per_second": 50.0, "completion_tokens": 10}
    _add(
        catalogue,
        small | {"first_token_s": 1.0},
        small | {"first_token_s": 9.0},
        small | {"first_token_s": 2.0},
        {"backend": "local", "model": "large", "first_token_s": 30.0},
        {"backend": "hosted", "model": "big", "first_token_s": 0.5, "cost": 0.002},
        {"backend": "hosted", "model": "big", "first_token_s": 0.7, "cost": 0.004},
        {"backend": None, "model": None},
    )
    found = measured(catalogue, "local", "small")
    assert (found.answers, found.first_token_s, found.tokens_per_second) == (3, 2.0, 50.0)
    assert found.cost is None
    assert measured(catalogue, "local").answers == 4
    assert measured(catalogue, "hosted").cost == pytest.approx(0.003)
    assert measured(catalogue, "other") == Measured(
        answers=0, first_token_s=None, tokens_per_second=None, completion_tokens=None, cost=None
    )
