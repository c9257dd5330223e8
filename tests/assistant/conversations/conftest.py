"""Conversations without a desk."""

import pytest

from assistant.conversations import Conversations
from assistant.tracing import Outbox
from ingest.catalogue import Catalogue


@pytest.fixture
def conversations(catalogue: Catalogue) -> Conversations:
    """The conversations of an empty catalogue."""
    return Conversations(catalogue, Outbox(catalogue))
