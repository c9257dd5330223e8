import time
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.settings import Settings
from ingest.ingestion import Outcome
from ingest.sources import walk
from tests.ingest.killed import take_in
from tests.warmed import warm_context

LEAVE = "# Leave\n\nAnnual leave is twenty-five days a year. Ask the head of your team.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "leave.md").write_text(LEAVE)
    (folder / "boats.txt").write_text("Every boat on the canal needs a licence, which costs ninety pounds.\n")
    return folder


def _ingest(desk: Desk, *paths: Path) -> dict[str, Outcome]:
    return {outcome.document: outcome for outcome in desk.ingest(walk(paths, collection="c"))}


def _found(desk: Desk, query: str) -> list[str]:
    return [passage.document for passage in desk.search(query, k=5).passages]


def _consistent(desk: Desk) -> None:
    """Catalogue, full text and vectors hold the same chunks, and every file is needed."""
    for collection_id in desk.catalogue.collections().values():
        assert desk.catalogue.chunk_ids(collection_id) == desk.dense.ids(collection_id)
    with desk.catalogue.engine.connect() as connection:
        indexed = connection.exec_driver_sql("SELECT count(*) FROM chunk_terms").scalar()
        state = connection.exec_driver_sql("SELECT chunks, words FROM index_state").one()
        words = connection.exec_driver_sql("SELECT coalesce(sum(term_count), 0) FROM chunks").scalar()
    assert indexed == desk.catalogue.counts()["passages"] == state.chunks
    assert state.words == words


def test_documents_can_be_found_once_they_are_in(desk: Desk, folder: Path) -> None:
    outcomes = _ingest(desk, folder)
    assert {name: outcome.status for name, outcome in outcomes.items()} == {"leave.md": "added", "boats.txt": "added"}
    assert _found(desk, "annual leave")[0] == "leave.md"
    passage = desk.search("annual leave", k=1).passages[0]
    assert LEAVE[passage.start : passage.end] == passage.text
    assert passage.headings == ("Leave",)
    [leave] = [key for key, name in desk.catalogue.names().items() if name == "leave.md"]
    assert desk.catalogue.passages_of(leave) == [replace(passage, score=0.0)]
    assert desk.catalogue.passages_of(leave + 99) == []
    _consistent(desk)


def test_the_same_bytes_again_do_nothing(desk: Desk, folder: Path) -> None:
    _ingest(desk, folder)
    generation = desk.catalogue.generation()
    assert {outcome.status for outcome in _ingest(desk, folder).values()} == {"unchanged"}
    assert desk.catalogue.generation() == generation


def test_a_changed_file_replaces_the_old_in_one_step(desk: Desk, folder: Path) -> None:
    _ingest(desk, folder)
    (folder / "leave.md").write_text("# Holidays\n\nEverybody now has thirty days.\n")
    assert {n: o.status for n, o in _ingest(desk, folder).items()} == {"leave.md": "updated", "boats.txt": "unchanged"}
    texts = [passage.text for passage in desk.search("how many days of annual leave", k=5).passages]
    assert any("thirty" in text for text in texts)
    assert not any("twenty-five" in text for text in texts)
    _consistent(desk)


def test_a_removed_document_is_gone_from_search_at_once(desk: Desk, folder: Path) -> None:
    _ingest(desk, folder)
    document = next(d for d in desk.catalogue.documents() if d.name == "leave.md")
    [outcome] = desk.remove([document.id])
    assert outcome.status == "removed"
    assert _found(desk, "annual leave twenty-five days") == ["boats.txt"]
    assert not desk.files.path(document.sha256).exists()
    _consistent(desk)


def test_a_document_can_be_removed_while_others_are_taken_in(desk: Desk, folder: Path) -> None:
    _ingest(desk, folder)
    [document] = [d for d in desk.catalogue.documents() if d.name == "leave.md"]
    with desk.ingestion.writing():
        desk.remove([document.id])
        assert _found(desk, "annual leave") == ["boats.txt"]


def test_a_failure_is_a_sentence_and_the_others_go_on(desk: Desk, folder: Path) -> None:
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "a.docx").write_bytes(b"PK\x03\x04 broken")
    outcomes = _ingest(desk, folder)
    for name in ("empty.pdf", "a.docx"):
        assert outcomes[name].status == "failed"
        assert name in (outcomes[name].error or "")
    assert outcomes["leave.md"].status == "added"
    _consistent(desk)


def test_a_file_that_goes_bad_keeps_its_old_version(desk: Desk, folder: Path) -> None:
    _ingest(desk, folder)
    (folder / "leave.md").write_bytes(b"")
    assert _ingest(desk, folder)["leave.md"].status == "failed"
    assert _found(desk, "annual leave")[0] == "leave.md"


def test_a_file_name_that_points_elsewhere_is_only_a_name(desk: Desk, folder: Path) -> None:
    from assistant.uploads import Upload

    with (folder / "leave.md").open("rb") as content:
        batch = desk.upload([Upload(name="../../leave.md", content=content)])
    deadline = time.monotonic() + 60
    while not all(job.is_finished for job in desk.jobs.list(batch=batch)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [document.name for document in desk.catalogue.documents()] == ["leave.md"]


@pytest.mark.parametrize("written", [1, 9, 20, 26])
def test_a_killed_ingest_leaves_every_document_whole_or_absent(settings: Settings, folder: Path, written: int) -> None:
    for number in range(24):
        (folder / f"{number:02}.md").write_text("".join(f"# Part {i}\n\n{LEAVE * 3}\n" for i in range(3)))
    context = warm_context()
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=take_in, args=(settings.home, folder, theirs))
    child.start()
    theirs.close()
    for _ in range(written):
        while ours.recv() != "writing":
            pass
    child.kill()
    child.join()
    with Desk(settings) as desk:
        desk.ingestion.recover()
        _consistent(desk)
        documents = desk.catalogue.documents()
        assert written - 1 <= len(documents) <= 26
        assert all(document.chunks > 0 for document in documents)
        _ingest(desk, folder)
        assert len(desk.catalogue.documents()) == 26
        _consistent(desk)
