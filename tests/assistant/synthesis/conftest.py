from collections.abc import Callable

import pytest

from assistant.events import Source
from assistant.synthesis.drafts import Draft, sentences_of
from assistant.synthesis.rules import drafts_of

Drafted = Callable[..., list[Draft]]


@pytest.fixture
def drafted(source: Callable[..., Source]) -> Drafted:
    """Drafts what the rules make of a text."""

    def draft(text: str, **more: object) -> list[Draft]:
        return list(drafts_of(sentences_of([source(text, **more).passage])))

    return draft
