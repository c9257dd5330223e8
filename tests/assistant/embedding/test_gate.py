"""The gate, by searches of the samples with the packaged model and with one that knows nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.data_sets.rows import RowsError
from assistant.desk import Desk
from assistant.embedding.gate import RowSet, judge
from assistant.embedding.rowsets import guards_of, rowset
from assistant.retrieval import Retriever
from models.embedding import Embedder
from tests.conftest import SAMPLES

ROWS = SAMPLES / "rows.jsonl"


@pytest.fixture(scope="module")
def ignorant(sample_desk: Desk, tiny_embedding: Callable[[int], Path]) -> Retriever:
    """Searches with vectors of a model of chance weights, and by nothing else."""
    searching = sample_desk.searching_with(Embedder(tiny_embedding(1)))
    sample_desk.reindexing.swap(
        (sample_desk.followed.known(), sample_desk.searching.vectors),
        (sample_desk.followed.as_known(searching.embedder), searching.vectors),
        accept=lambda old, new: False,
    )
    return _dense_only(sample_desk, searching.embedder)


def _dense_only(desk: Desk, embedder: Embedder) -> Retriever:
    searching = desk.searching_with(embedder)
    return Retriever(
        catalogue=desk.catalogue,
        dense=searching.dense,
        lexical=desk.lexical,
        words=searching.words,
        embedder=embedder,
        ranking="dense",
    )


@pytest.fixture(scope="module")
def rows(sample_desk: Desk) -> RowSet:
    return rowset(sample_desk.catalogue, str(ROWS))


def test_a_model_that_finds_more_passes_and_one_that_finds_less_does_not(
    sample_desk: Desk, ignorant: Retriever, rows: RowSet
) -> None:
    packaged = _dense_only(sample_desk, sample_desk.embedder)
    better = judge(ignorant, packaged, rows)
    assert better.accepted
    assert "finds more (nDCG@10 +" in better.says
    worse = judge(packaged, ignorant, rows)
    assert not worse.accepted
    assert worse.comparisons[rows.name].difference.value < 0
    assert "finds no more" in worse.says


def test_a_guard_that_falls_stops_what_is_better_elsewhere(
    sample_desk: Desk, ignorant: Retriever, rows: RowSet
) -> None:
    packaged = _dense_only(sample_desk, sample_desk.embedder)
    elsewhere = RowSet(name="elsewhere", rows=[])
    verdict = judge(packaged, ignorant, elsewhere, [rows])
    assert not verdict.accepted
    told = judge(ignorant, packaged, rows, [RowSet(name="empty", rows=[])])
    assert told.accepted
    half = len(rows.rows) // 2
    mixed = judge(
        _Either(ignorant, packaged, {row.question for row in rows.rows[:half]}),
        _Either(packaged, ignorant, {row.question for row in rows.rows[:half]}),
        RowSet(name="first half", rows=rows.rows[:half]),
        [RowSet(name="second half", rows=rows.rows[half:])],
    )
    assert not mixed.accepted
    assert "finds less on “second half”" in mixed.says


class _Either(Retriever):
    """One retriever for some questions and another one for the rest."""

    def __init__(self, some: Retriever, rest: Retriever, questions: set[str]) -> None:
        self._some, self._rest, self._questions = some, rest, questions

    def search(self, query: str, **options: object):  # type: ignore[no-untyped-def,override]
        return (self._some if query in self._questions else self._rest).search(query, **options)  # type: ignore[arg-type]


def test_the_same_search_twice_is_no_gain_and_no_rows_are_none(sample_desk: Desk, rows: RowSet) -> None:
    verdict = judge(sample_desk.retriever, sample_desk.retriever, rows)
    assert not verdict.accepted
    assert "0 better and 0 worse" in verdict.says
    assert "no held-out rows" in judge(sample_desk.retriever, sample_desk.retriever, RowSet(name="n", rows=[])).says


def test_the_samples_guard_unless_they_are_learnt_from(sample_desk: Desk) -> None:
    [guard] = guards_of(sample_desk.catalogue)
    assert guard.collections == ("samples",)
    assert guards_of(sample_desk.catalogue, besides=[str(ROWS)]) == []


def test_rows_that_are_nowhere_are_said_to_be(sample_desk: Desk) -> None:
    with pytest.raises(RowsError, match="no file “nowhere”, and no data set"):
        rowset(sample_desk.catalogue, "nowhere")
