from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.data_sets.data_set import Item
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.grid import as_line, changes, row_with
from assistant.data_sets.rows import GoldSource, Row, RowsError
from assistant.schema import upgrade
from ingest.catalogue import Catalogue
from ingest.tables import utc_now

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)
ROWS = st.builds(
    Row,
    id=TEXTS,
    question=TEXTS,
    answers=st.lists(TEXTS, max_size=3).map(tuple),
    answerable=st.booleans(),
    sources=st.lists(
        st.builds(GoldSource, document=TEXTS, page=st.none() | st.integers(1, 99), quote=st.none() | TEXTS), max_size=3
    ).map(tuple),
    tags=st.lists(TEXTS, max_size=2).map(tuple),
)
ROW = Row(
    id="depth",
    question="How deep is it?",
    answers=("four feet",),
    sources=(GoldSource(document="locks.md", page=2, quote="four feet deep"), GoldSource(document="maps.pdf")),
)


def _item(row: Row) -> Item:
    return Item(row=row, state="approved", origin="imported", part=None, notes=(), changed_at=utc_now())


@given(ROWS)
def test_a_line_that_is_typed_as_it_was_changes_nothing(row: Row) -> None:
    line = as_line(_item(row))
    assert row_with(row, line, "Line 1") == row
    assert changes([_item(row)], edited={0: line}).edited == ()


def test_a_cell_changes_its_field_and_later_sources_stay() -> None:
    found = changes([_item(ROW)], edited={0: {"Quote": "five feet deep", "Answers": ["five feet"]}})
    [edit] = found.edited
    assert edit.seen == ROW.content_hash
    assert edit.row.answers == ("five feet",)
    assert edit.row.sources == (GoldSource(document="locks.md", page=2, quote="five feet deep"), ROW.sources[1])


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"Question": " "}, "Line 1 has an empty “question”."),
        ({"Page": 1.5}, "Line 1: a page is a whole number from 1."),
        ({"Document": ""}, "Line 1 has a page or a quote without a document."),
        ({"State": "perhaps"}, "A row is proposed, approved or rejected, not “perhaps”."),
    ],
)
def test_a_line_that_is_no_row_is_named_in_one_sentence(cells: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RowsError) as caught:
        changes([_item(ROW)], edited={0: cells})
    assert str(caught.value) == sentence


def test_changes_are_kept_together(tmp_path: Path) -> None:
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'catalogue.sqlite'}")
    upgrade(catalogue.engine)
    data_sets = DataSets(catalogue)
    data_sets.take("canals", [Row(id=name, question=f"{name}?") for name in ("a", "b", "c")])
    found = changes(
        data_sets.items("canals"),
        edited={0: {"Question": "How deep?"}, 1: {"State": "rejected"}, 2: {"Question": ""}},
        added=[{"Question": "How wide?", "Answerable": False, "State": "proposed"}, {}],
        deleted=[2],
    )
    assert found.count == 4
    found.save(data_sets, "canals")
    kept = {item.row.question: (item.state, item.row.answerable) for item in data_sets.items("canals")}
    assert kept == {"How deep?": ("approved", True), "b?": ("rejected", True), "How wide?": ("proposed", False)}
    with pytest.raises(RowsError, match="changed meanwhile"):
        found.save(data_sets, "canals")
    catalogue.close()
