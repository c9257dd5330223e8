import numpy as np
import pytest

from ingest.catalogue import Catalogue
from ingest.index.words import WordIndex
from ingest.tables import ChunkRow, CollectionRow, DocumentRow, VersionRow

SIGNS = np.arange(12, dtype=np.uint8).reshape(3, 4)


@pytest.fixture
def chunk_ids(catalogue: Catalogue) -> list[int]:
    """Three passages of a document."""
    with catalogue.writing() as session:
        collection = CollectionRow(name="c")
        session.add(collection)
        session.flush()
        document = DocumentRow(collection_id=collection.id, name="d")
        session.add(document)
        session.flush()
        version = VersionRow(
            document_id=document.id, sha256="0", recipe="1", format="md", bytes=1, chunk_count=3, notes=[], text=""
        )
        session.add(version)
        session.flush()
        chunks = [
            ChunkRow(version_id=version.id, ordinal=i, start=0, end=1, text="x", headings=[], page_starts=[])
            for i in range(3)
        ]
        session.add_all(chunks)
        session.flush()
        return [chunk.id for chunk in chunks]


def test_signs_come_back_as_they_were_and_passages_without_any_are_left_out(
    catalogue: Catalogue, chunk_ids: list[int]
) -> None:
    words, empty = WordIndex(catalogue.engine, fingerprint="a"), np.empty((0, 4), dtype=np.uint8)
    with catalogue.writing() as session:
        words.add(session, {chunk_ids[0]: SIGNS, chunk_ids[1]: empty})
    found = words.signs(chunk_ids)
    assert set(found) == set(chunk_ids[:2])
    np.testing.assert_array_equal(found[chunk_ids[0]], SIGNS)
    assert len(found[chunk_ids[1]]) == 0


def test_signs_of_another_model_are_not_seen(catalogue: Catalogue, chunk_ids: list[int]) -> None:
    with catalogue.writing() as session:
        WordIndex(catalogue.engine, fingerprint="a").add(session, {chunk_ids[0]: SIGNS})
    assert WordIndex(catalogue.engine, fingerprint="b").signs(chunk_ids) == {}


def test_signs_go_with_their_passage(catalogue: Catalogue, chunk_ids: list[int]) -> None:
    words = WordIndex(catalogue.engine, fingerprint="a")
    with catalogue.writing() as session:
        words.add(session, {chunk_ids[0]: SIGNS})
    with catalogue.writing() as session:
        session.delete(session.get_one(ChunkRow, chunk_ids[0]))
    assert words.signs(chunk_ids) == {}
