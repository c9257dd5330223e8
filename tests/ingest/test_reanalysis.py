import pytest
from sqlalchemy import event, select, text, update

from ingest.catalogue import Catalogue
from ingest.index.analysis import ANALYSIS
from ingest.index.lexical import LexicalIndex
from ingest.reanalysis import reanalyse
from ingest.tables import ChunkRow, CollectionRow, DocumentRow, IndexState, VersionRow

CHUNKS = 600
"""More than are made anew in one transaction."""


@pytest.fixture
def old(catalogue: Catalogue) -> Catalogue:
    """A catalogue whose full text an earlier analysis has made: each passage is found by "old" alone."""
    with catalogue.writing() as session:
        collections = [CollectionRow(name=name) for name in ("a", "b")]
        session.add_all(collections)
        session.flush()
        for collection in collections:
            document = DocumentRow(collection_id=collection.id, name="d")
            session.add(document)
            session.flush()
            version = VersionRow(
                document_id=document.id,
                title="Zulassung",
                sha256="0",
                recipe="1",
                format="md",
                bytes=1,
                chunk_count=1,
                notes=[],
                text="",
            )
            session.add(version)
            session.flush()
            document.current_version_id = version.id
            chunks = [
                ChunkRow(
                    version_id=version.id,
                    ordinal=n,
                    start=0,
                    end=1,
                    text=f"{collection.name}{n} ग्राम",
                    headings=["京都市"],
                    page_starts=[],
                )
                for n in range(CHUNKS // 2)
            ]
            session.add_all(chunks)
            session.flush()
            LexicalIndex(catalogue.engine).add(session, collection.id, {chunk.id: "old" for chunk in chunks})
        session.execute(update(IndexState).values(analysis=ANALYSIS - 1))
    return catalogue


def _found(catalogue: Catalogue, question: str, name: str = "a") -> int:
    index = LexicalIndex(catalogue.engine)
    return len(index.query(question, [catalogue.collections()[name]], CHUNKS).scores)


def test_terms_of_an_earlier_analysis_are_made_anew_once(old: Catalogue) -> None:
    assert (_found(old, "old"), _found(old, "b7", "b")) == (CHUNKS // 2, 0)
    assert reanalyse(old) == CHUNKS
    assert _found(old, "old") == 0
    assert [_found(old, "b7", name) for name in ("a", "b")] == [0, 1]
    assert {_found(old, word) for word in ("Zulassung", "ग्राम", "京都")} == {CHUNKS // 2}
    assert reanalyse(old) == 0


def test_the_counts_of_the_index_are_those_of_its_terms(old: Catalogue) -> None:
    reanalyse(old)
    with old.session() as session:
        state = session.get_one(IndexState, 1)
        lengths = session.scalars(select(ChunkRow.term_count)).all()
        rows = session.scalars(text("SELECT terms FROM chunk_terms")).all()
    assert (state.chunks, state.words) == (CHUNKS, sum(lengths))
    assert sorted(lengths) == sorted(len(row.split()) for row in rows)


def test_when_it_is_cut_off_the_next_time_makes_all_anew(old: Catalogue) -> None:
    written = 0

    def cut_off(*of: object) -> None:
        nonlocal written
        written += str(of[2]).startswith("INSERT INTO chunk_terms")
        if written == 4:  # the last of both collections
            raise KeyboardInterrupt

    event.listen(old.engine, "before_cursor_execute", cut_off)
    with pytest.raises(KeyboardInterrupt):
        reanalyse(old)
    event.remove(old.engine, "before_cursor_execute", cut_off)
    assert _found(old, "old", "a") == 0
    assert _found(old, "old", "b") > 0
    assert reanalyse(old) == CHUNKS
    assert _found(old, "old", "b") == 0
