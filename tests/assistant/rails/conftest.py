from collections.abc import Iterator

import pytest

from assistant.prompts import load_prompt
from assistant.rails import Rails

SECRET = "rd-7Yk29QxLm41"


@pytest.fixture(scope="session")
def rails() -> Iterator[Rails]:
    """Loaded rails that guard a secret."""
    made = Rails(secrets=[SECRET])
    made.warm()
    yield made
    made.close()


@pytest.fixture(scope="session")
def secret() -> str:
    return SECRET


@pytest.fixture(scope="session")
def system() -> str:
    """A system prompt as the desk has it."""
    return load_prompt("direct").system
