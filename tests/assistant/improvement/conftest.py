"""A desk with the samples, whose local model learns within seconds."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.improvement.order import Order, Scope
from assistant.settings import Settings
from models.tuning import REDUCED
from tests.tiny_model import write_tiny_model

TINY = "tiny"


@pytest.fixture(scope="session")
def lab_home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of a desk with the samples, their rows as a data set, and the tiny model."""
    folder = tmp_path_factory.mktemp("lab")
    home = folder / "home"
    shutil.copytree(sample_home, home)
    write_tiny_model(folder / "tiny.gguf", context_tokens=2048)
    with Desk(lab_settings(home)) as desk:
        desk.models.add(str(folder / "tiny.gguf"), name=TINY)
        desk.samples.load_rows()
    return home


@pytest.fixture
def lab(lab_home: Path, tmp_path: Path) -> Iterator[Desk]:
    """That desk, one for each test."""
    home = tmp_path / "home"
    shutil.copytree(lab_home, home)
    with Desk(lab_settings(home)) as desk:
        yield desk


def lab_settings(home: Path) -> Settings:
    """Of a desk that answers with the tiny model, briefly."""
    return Settings(home=home, local={"model": TINY}, answer={"max_tokens": 12})  # type: ignore[arg-type]


def order(name: str = "team-1", data_set: str = "samples") -> Order:
    """One that takes seconds."""
    return Order(name=name, data_set=data_set, base=TINY, recipe=REDUCED, scope=Scope(rows=3, attacks=1))
