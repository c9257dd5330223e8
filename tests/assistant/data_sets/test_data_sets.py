import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.data_sets.data_set import Edit, Proposal, UnknownDataSet
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import GoldSource, Row, RowsError, read_rows
from assistant.samples import SAMPLES
from assistant.schema import upgrade
from ingest.catalogue import Catalogue
from models.backend import Message

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
WORDS = TEXTS.filter(str.strip)
ROWS = st.lists(
    st.builds(
        Row,
        id=WORDS,
        question=WORDS,
        answers=st.lists(TEXTS, max_size=2).map(tuple),
        answerable=st.booleans(),
        sources=st.lists(
            st.builds(
                GoldSource,
                document=st.sampled_from(["a.md", "b.md", "c/d.pdf", "e.md"]),
                page=st.none() | st.integers(1, 9),
                quote=st.none() | TEXTS,
            ),
            max_size=2,
        ).map(tuple),
        history=st.lists(st.builds(Message, role=st.just("user"), content=WORDS), max_size=1).map(tuple),
        tags=st.lists(st.sampled_from(["numbers", "of:1", "of:a"]), max_size=2).map(tuple),
    ),
    max_size=12,
    unique_by=lambda row: row.id,
)


@pytest.fixture
def data_sets(catalogue: Catalogue) -> DataSets:
    return DataSets(catalogue)


@pytest.fixture(scope="module")
def reused(tmp_path_factory: pytest.TempPathFactory) -> DataSets:
    """For many examples one after the other; each begins a set of its own."""
    catalogue = Catalogue(f"sqlite:///{tmp_path_factory.mktemp('reused') / 'catalogue.sqlite'}")
    upgrade(catalogue.engine)
    return DataSets(catalogue)


def _row(id_: str = "1", question: str = "How long?", document: str = "a.md", **more: object) -> Row:
    return Row(id=id_, question=question, sources=(GoldSource(document=document),), **more)  # type: ignore[arg-type]


def _emptied(data_sets: DataSets) -> DataSets:
    for one in data_sets.list():
        data_sets.remove(one.name)
    return data_sets


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS)
def test_what_is_exported_is_what_was_imported(rows: Sequence[Row], reused: DataSets, tmp_path: Path) -> None:
    data_sets = _emptied(reused)
    imported = data_sets.take("set", rows)
    assert (imported.added, imported.updated) == (len(rows), 0)
    file = tmp_path / "rows.jsonl"
    assert data_sets.export("set", file) == len(rows)
    assert read_rows(file) == rows
    again = data_sets.import_file("set", file)
    assert (again.added, again.updated, again.unchanged) == (0, 0, len(rows))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS, seed=st.integers(0, 3))
def test_parts_never_share_a_document_a_conversation_or_a_paraphrased_row(
    rows: Sequence[Row], seed: int, reused: DataSets
) -> None:
    data_sets = _emptied(reused)
    data_sets.take("set", rows)
    parts = data_sets.split("set", seed=seed)
    assert sum(parts.values()) == len(rows)
    part_of: dict[tuple[str, str], str | None] = {}
    for item in data_sets.items("set"):
        opening = item.row.history[0].content if item.row.history else item.row.question
        bonds = [("document", source.document) for source in item.row.sources]
        bonds += [("opening", " ".join(opening.casefold().split())), ("row", item.row.paraphrase_of or item.row.id)]
        for bond in bonds:
            assert part_of.setdefault(bond, item.part) == item.part


def test_importing_again_updates_by_id_and_keeps_reviews_and_parts(data_sets: DataSets) -> None:
    data_sets.take("handbook", [_row("1"), _row("2", document="b.md")])
    data_sets.split("handbook", {"test": 1})
    data_sets.review("handbook", ["1"], "rejected")
    again = data_sets.take("handbook", [_row("1"), _row("2", "How far?", "b.md"), _row("3", document="c.md")])
    assert (again.added, again.updated, again.unchanged) == (1, 1, 1)
    assert [(item.row.question, item.state, item.part) for item in data_sets.items("handbook")] == [
        ("How long?", "rejected", "test"),
        ("How far?", "approved", "test"),
        ("How long?", "approved", None),
    ]


def test_a_file_with_a_line_that_is_no_row_changes_nothing(data_sets: DataSets, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"id": "1", "question": "How long?"}\n{"id": "2"}\n', encoding="utf-8")
    with pytest.raises(RowsError, match=r"Line 2 of rows\.jsonl has no “question”"):
        data_sets.import_file("handbook", file)
    with pytest.raises(RowsError, match=r"U\+0000"):
        data_sets.take("handbook", [_row("1"), _row("2", "What is \0?")])
    assert data_sets.list() == []


def test_every_layout_is_taken(data_sets: DataSets, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("id;question;answer\n7;How long?;Two days\n", encoding="utf-8")
    squad = {"data": [{"title": "T", "paragraphs": [{"context": "Two days.", "qas": [
        {"id": "s", "question": "How long?", "answers": [{"text": "Two days", "answer_start": 0}]}]}]}]}  # fmt: skip
    (tmp_path / "squad.json").write_text(json.dumps(squad), encoding="utf-8")
    for file, id_ in (("table.csv", "7"), ("squad.json", "s")):
        data_sets.import_file(file, tmp_path / file)
        [row] = data_sets.rows(file)
        assert (row.id, row.answers) == (id_, ("Two days",))


def test_only_approved_rows_count(data_sets: DataSets) -> None:
    data_sets.propose("handbook", [Proposal(row=_row(id_), notes=("from a.md",)) for id_ in "123"])
    assert data_sets.rows("handbook") == []
    data_sets.review("handbook", ["1"], "rejected")
    assert data_sets.review("handbook", None, "approved") == 2
    assert [row.id for row in data_sets.rows("handbook")] == ["2", "3"]
    [summary] = data_sets.list()
    assert (summary.total, summary.counts) == (3, {"proposed": 0, "approved": 2, "rejected": 1})
    with pytest.raises(RowsError, match="no row “9”"):
        data_sets.review("handbook", ["2", "9"], "rejected")
    assert [row.id for row in data_sets.rows("handbook")] == ["2", "3"]


def test_what_was_proposed_already_is_left_as_it_is(data_sets: DataSets) -> None:
    assert data_sets.propose("handbook", [Proposal(row=_row("1"))]) == 1
    data_sets.review("handbook", None, "rejected")
    assert data_sets.propose("handbook", [Proposal(row=_row("1")), Proposal(row=_row("2"))]) == 1
    assert [item.state for item in data_sets.items("handbook")] == ["rejected", "proposed"]


def test_an_edit_of_what_somebody_else_changed_is_refused_whole(data_sets: DataSets) -> None:
    first, second = _row("1"), _row("2")
    data_sets.take("handbook", [first, second])
    assert data_sets.edit("handbook", [Edit(row=_row("1", "How far?"), seen=first.content_hash)]) == 1
    edits = [
        Edit(row=_row("2", "How old?"), seen=second.content_hash),
        Edit(row=_row("1", "How deep?"), seen=first.content_hash),
    ]
    with pytest.raises(RowsError, match="“1” was changed meanwhile"):
        data_sets.edit("handbook", edits)
    assert [row.question for row in data_sets.rows("handbook")] == ["How far?", "How long?"]
    data_sets.delete("handbook", ["2"])
    with pytest.raises(RowsError, match="“2” is gone"):
        data_sets.edit("handbook", edits)
    with pytest.raises(RowsError, match="already"):
        data_sets.add("handbook", _row("1"))


def test_a_set_is_created_described_and_removed_once(data_sets: DataSets) -> None:
    data_sets.create("handbook", "Asked at the desk")
    with pytest.raises(RowsError, match="already"):
        data_sets.create("handbook")
    data_sets.add("handbook", _row())
    data_sets.describe("handbook", gives_examples=True)
    summary = data_sets.get("handbook")
    assert (summary.description, summary.gives_examples, summary.total) == ("Asked at the desk", True, 1)
    data_sets.remove("handbook")
    with pytest.raises(UnknownDataSet, match="none yet"):
        data_sets.rows("handbook")


@pytest.mark.parametrize("name", ["", " ", "a/b", "..\\a", "x" * 81, " padded"])
def test_a_name_that_would_mislead_is_refused(data_sets: DataSets, name: str) -> None:
    with pytest.raises(RowsError, match="name"):
        data_sets.create(name)


def test_a_part_that_is_not_there_is_said_with_those_there_are(data_sets: DataSets) -> None:
    data_sets.import_file("samples", SAMPLES / "rows.jsonl")
    with pytest.raises(RowsError, match="not split yet"):
        data_sets.rows("samples", "test")
    data_sets.split("samples", {"train": 1, "test": 1})
    with pytest.raises(RowsError, match=r"test, train|train, test"):
        data_sets.rows("samples", "dev")
    assert len(data_sets.rows("samples", "test")) + len(data_sets.rows("samples", "train")) == 40


def test_deleting_and_reviewing_thousands_is_no_matter(data_sets: DataSets) -> None:
    data_sets.take("many", [_row(str(n)) for n in range(1200)])
    ids = [str(n) for n in range(1100)]
    assert data_sets.review("many", ids, "rejected") == 1100
    assert data_sets.delete("many", ids) == 1100
    assert data_sets.get("many").total == 100
