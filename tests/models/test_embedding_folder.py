import json
from collections.abc import Callable
from pathlib import Path

import pytest

from models.embedding import PACKAGED, Embedder
from models.embedding_folder import EmbeddingFolder
from models.gguf import ModelFileError
from tests.tiny_embedding import make_tiny_embedding


@pytest.fixture(scope="module")
def tiny(tiny_embedding: Callable[[int], Path]) -> Path:
    return tiny_embedding(1)


@pytest.fixture
def models(tmp_path: Path) -> EmbeddingFolder:
    return EmbeddingFolder(tmp_path / "embeddings")


def test_an_added_model_is_a_copy_with_the_same_fingerprint_whatever_its_card_says(
    models: EmbeddingFolder, tiny: Path
) -> None:
    card = models.add(tiny)
    path = models.path(card.name)
    assert path is not None
    assert path != tiny
    fingerprint = Embedder(tiny).fingerprint
    assert Embedder(path).fingerprint == fingerprint
    models.note(card.name, "better")
    assert Embedder(path).fingerprint == fingerprint
    assert [each.name for each in models.list()] == [PACKAGED, tiny.name]
    assert models.find(card.name).verdict == "better"
    models.remove(card.name)
    assert [each.name for each in models.list()] == [PACKAGED]


def test_a_taken_name_and_a_bad_one_are_refused(models: EmbeddingFolder, tiny: Path) -> None:
    models.add(tiny, name="mine")
    for name, reason in (("mine", "already"), ("../mine", "cannot be"), (PACKAGED, "already")):
        with pytest.raises(ModelFileError, match=reason):
            models.add(tiny, name=name)


def test_the_packaged_model_stays(models: EmbeddingFolder) -> None:
    assert models.path(PACKAGED) is None
    with pytest.raises(ModelFileError, match="cannot be removed"):
        models.remove(PACKAGED)
    with pytest.raises(ModelFileError, match="no embedding model “x”"):
        models.find("x")


def test_what_grows_is_not_listed_and_neither_is_a_broken_card(models: EmbeddingFolder, tmp_path: Path) -> None:
    models.incoming("growing")
    broken = tmp_path / "embeddings" / "broken"
    broken.mkdir()
    (broken / "card.json").write_text("{")
    assert [each.name for each in models.list()] == [PACKAGED]


def test_nothing_that_could_run_is_added(models: EmbeddingFolder, tmp_path: Path) -> None:
    pickled = make_tiny_embedding(tmp_path / "pickled", seed=1)
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(ModelFileError, match=r"pytorch_model\.bin is a pickle"):
        models.add(pickled)
    foreign = make_tiny_embedding(tmp_path / "foreign", seed=1)
    modules = json.loads((foreign / "modules.json").read_text())
    (foreign / "modules.json").write_text(json.dumps([*modules, {"type": "own.Module", "path": "", "name": "x"}]))
    with pytest.raises(ModelFileError, match=r"code of its own to run \(own\.Module\)"):
        models.add(foreign)
    mapped = make_tiny_embedding(tmp_path / "mapped", seed=1)
    config = json.loads((mapped / "config.json").read_text())
    (mapped / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "x.Y"}}))
    with pytest.raises(ModelFileError, match="auto_map"):
        models.add(mapped)
    with pytest.raises(ModelFileError, match="not the folder"):
        models.add(tmp_path)
