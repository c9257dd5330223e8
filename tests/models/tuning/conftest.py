"""A real model that learns within seconds: the packaged one's tokenizer and template, with few weights by chance."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.tuning import Checkpoint, restore
from tests.tiny_model import write_tiny_model

MakeTiny = Callable[..., Path]


@pytest.fixture(scope="session")
def make_tiny(tmp_path_factory: pytest.TempPathFactory) -> MakeTiny:
    """Write a tiny GGUF model of an architecture; `metadata` is added to what it says of itself."""
    folder = tmp_path_factory.mktemp("tiny")

    def make(architecture: str = "llama", *, name: str = "tiny", metadata: dict[str, Any] | None = None) -> Path:
        path = folder / f"{name}-{architecture}.gguf"
        write_tiny_model(path, architecture, metadata=metadata)
        return path

    return make


@pytest.fixture(scope="session")
def tiny(make_tiny: MakeTiny) -> Path:
    """A tiny model of the packaged one's kind."""
    return make_tiny()


@pytest.fixture(scope="session")
def checkpoint(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """The tiny model, as it is trained."""
    return restore(tiny, tmp_path_factory.mktemp("checkpoints"))
