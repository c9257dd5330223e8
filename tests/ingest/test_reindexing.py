"""Another embedding model beside the one in use: built, compared, swapped in and taken back, on a real desk."""

import shutil
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.settings import Settings
from ingest.reindexing import ReindexingError, ReindexProgress
from ingest.sources import walk
from models.embedding import Embedder
from models.gguf import ModelFileError
from tests.ingest.killed import change_model
from tests.tiny_embedding import make_tiny_embedding
from tests.warmed import warm_context

Tiny = Callable[[int], Path]


@pytest.fixture(scope="module")
def models(tiny_embedding: Tiny) -> tuple[Path, Path, Path]:
    return tiny_embedding(1), tiny_embedding(2), tiny_embedding(3)


@pytest.fixture(scope="module")
def prepared(models: tuple[Path, Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of documents, and beside it a home that has taken them in with the first of the models."""
    place = tmp_path_factory.mktemp("prepared")
    folder = place / "documents"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.md").write_text(
            f"# Part {number}\n\nAnnual leave in part {number} is {20 + number} days.\n"
        )
    with Desk(Settings(home=place / "home", embedding={"model": models[0]})) as desk:
        assert _ingest(desk, folder) == {"added"}
    return place


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared / "documents", tmp_path / "documents"))


@pytest.fixture
def settings(prepared: Path, tmp_path: Path, models: tuple[Path, Path, Path]) -> Settings:
    home = Path(shutil.copytree(prepared / "home", tmp_path / "home"))
    return Settings(home=home, embedding={"model": models[0]})


def _ingest(desk: Desk, folder: Path) -> set[str]:
    return {outcome.status for outcome in desk.ingest(walk([folder], collection="c"))}


def _consistent(desk: Desk) -> None:
    """Every passage has a vector of the model in use, and none is there of a passage that is gone."""
    for collection_id in desk.catalogue.collections().values():
        assert desk.catalogue.chunk_ids(collection_id) == desk.dense.ids(collection_id)


def test_a_swapped_in_model_is_used_and_unchanged_documents_are_not_embedded_again(
    desk: Desk, folder: Path, models: tuple[Path, Path, Path]
) -> None:
    generation = desk.catalogue.generation()
    outcome = desk.embeddings.use(str(models[1]))
    assert outcome.used
    assert desk.embedder.fingerprint == Embedder(models[1]).fingerprint
    assert desk.catalogue.generation() == generation + 1
    _consistent(desk)
    assert _ingest(desk, folder) == {"unchanged"}
    assert len(desk.search("annual leave", k=9).passages) == 6


def test_a_model_with_vectors_of_another_length_can_take_over(tmp_path: Path, folder: Path) -> None:
    with Desk(Settings(home=tmp_path / "packaged")) as desk:
        _ingest(desk, folder)
        assert desk.embedder.dimensions == 384
        desk.embeddings.use(str(make_tiny_embedding(tmp_path / "tiny", seed=5)))
        assert len(desk.search("annual leave", k=4).vector) == 32
        _consistent(desk)
        desk.embeddings.use("all-MiniLM-L6-v2")
        assert len(desk.search("annual leave", k=4).vector) == 384
        _consistent(desk)


def test_what_is_swapped_in_wins_over_the_settings_after_a_restart(
    settings: Settings, folder: Path, models: tuple[Path, Path, Path]
) -> None:
    with Desk(settings) as desk:
        desk.embeddings.use(str(models[1]))
    with Desk(settings) as desk:
        assert desk.embedder.fingerprint == Embedder(models[1]).fingerprint
        assert _ingest(desk, folder) == {"unchanged"}


def test_going_back_embeds_what_came_since_and_forgets_what_went(
    desk: Desk, folder: Path, models: tuple[Path, Path, Path]
) -> None:
    desk.embeddings.use(str(models[1]))
    (folder / "new.md").write_text("# New\n\nA sabbatical takes three months.\n")
    _ingest(desk, folder)
    [gone] = [document.id for document in desk.catalogue.documents() if document.name == "0.md"]
    desk.remove([gone])
    done: list[int] = []
    desk.embeddings.rollback(report=lambda event: done.append(event.done))
    assert done == [1]  # the others had their vectors still
    assert desk.embedder.fingerprint == Embedder(models[0]).fingerprint
    _consistent(desk)


def test_a_refused_model_changes_nothing_and_what_was_built_waits(
    desk: Desk, folder: Path, models: tuple[Path, Path, Path]
) -> None:
    old, new = desk.searching, desk.searching_with(Embedder(models[1]))
    known = desk.followed.known()
    seen: list[int] = []

    def refuse(a: object, b: object) -> bool:
        assert (a, b) == (old.vectors, new.vectors)
        seen.append(new.dense.count())
        return False

    generation = desk.catalogue.generation()
    assert not desk.reindexing.swap((known, old.vectors), (known, new.vectors), accept=refuse)
    assert seen == [6]
    assert desk.catalogue.generation() == generation
    assert desk.embedder.fingerprint == Embedder(models[0]).fingerprint


def test_documents_that_come_and_go_while_it_is_compared_are_caught_up_with(
    desk: Desk, folder: Path, models: tuple[Path, Path, Path]
) -> None:
    new = desk.searching_with(Embedder(models[1]))

    def meanwhile(_a: object, _b: object) -> bool:
        (folder / "1.md").write_text("# Part 1\n\nThere is no annual leave in part one any more.\n")
        (folder / "late.md").write_text("# Late\n\nWhoever comes late brings cake.\n")
        assert _ingest(desk, folder) == {"added", "updated", "unchanged"}
        return True

    known = desk.followed.as_known(new.embedder)
    assert desk.reindexing.swap((desk.followed.known(), desk.searching.vectors), (known, new.vectors), accept=meanwhile)
    _consistent(desk)
    assert {passage.document for passage in desk.search("cake", k=9).passages} >= {"late.md", "1.md"}


def test_a_cancelled_build_goes_on_where_it_stopped(
    desk: Desk, folder: Path, models: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.reindexing._TOGETHER", 1)
    new = desk.searching_with(Embedder(models[1]))
    both = (desk.followed.known(), None), (desk.followed.as_known(new.embedder), new.vectors)
    cancel, told = threading.Event(), list[ReindexProgress]()

    def stop_at_two(event: ReindexProgress) -> None:
        if event.done == 2:
            cancel.set()

    with pytest.raises(ReindexingError, match="cancelled"):
        desk.reindexing.swap(*both, progress=stop_at_two, cancel=cancel)
    assert desk.embedder.fingerprint == Embedder(models[0]).fingerprint
    assert desk.reindexing.swap(*both, progress=told.append)
    assert [(event.done, event.total) for event in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert told[-1].eta_s == 0


def test_there_is_one_step_back_and_a_removed_model_is_none(
    desk: Desk, folder: Path, models: tuple[Path, Path, Path]
) -> None:
    for model in models[1:]:
        desk.embeddings.use(str(model))
    assert desk.searching_with(Embedder(models[0])).dense.count() == 0
    assert desk.searching_with(Embedder(models[1])).dense.count() == 6
    desk.embeddings.remove(models[1].name)
    assert desk.searching_with(Embedder(models[1])).dense.count() == 0
    assert not (desk.home / "embeddings" / models[1].name).exists()
    with pytest.raises(ModelFileError, match="go back"):
        desk.embeddings.rollback()
    with pytest.raises(ModelFileError, match="in use"):
        desk.embeddings.remove(models[2].name)


def test_another_desk_of_the_same_home_follows(
    settings: Settings, folder: Path, models: tuple[Path, Path, Path]
) -> None:
    with Desk(settings) as desk:
        before = desk.searching
        assert desk.search("annual leave", k=1).passages
        child, _ = _change(settings.home, models[:2])
        child.join()
        assert child.exitcode == 0
        assert desk.embedder.fingerprint == Embedder(models[1]).fingerprint
        assert len(desk.search("annual leave", k=9).passages) == 6
        # A turn that had begun goes on with what it began with.
        assert len(before.retriever.search("annual leave", k=9).passages) == 6
        _consistent(desk)


def _change(home: Path, models: Sequence[Path]) -> tuple[BaseProcess, Connection]:
    context = warm_context()
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=change_model, args=(home, models, theirs))
    child.start()
    theirs.close()
    return child, ours


@pytest.mark.parametrize("lines", [1, 4, 6])
def test_a_kill_leaves_the_old_model_or_the_new_one_never_half(
    settings: Settings, folder: Path, models: tuple[Path, Path, Path], lines: int
) -> None:
    child, said = _change(settings.home, models)
    for _ in range(lines):
        said.recv()
    child.kill()
    child.join()
    with Desk(settings) as desk:
        assert desk.embedder.fingerprint in {Embedder(model).fingerprint for model in models}
        _consistent(desk)
        assert len(desk.search("annual leave", k=20).passages) == 6
        assert _ingest(desk, folder) == {"unchanged"}
        known = {shown.card.name for shown in desk.embeddings.list()}
        last = models[2].name if models[2].name in known else str(models[2])
        if desk.embedder.fingerprint != Embedder(models[2]).fingerprint:
            assert desk.embeddings.use(last).used
        _consistent(desk)
