import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.catalogue import Catalogue
from ingest.index.analysis import terms
from ingest.index.lexical import LexicalIndex, idf
from ingest.tables import ChunkRow, CollectionRow, DocumentRow, VersionRow

TEXTS = [
    "The annual leave allowance is twenty-five days a year.",
    "Expense claims go to finance on form TP-12 by the fifth of the month.",
    "The leave calendar shows who is on leave; leave it open.",
    "Boats need a licence.",
]


@pytest.fixture
def filled(catalogue: Catalogue) -> tuple[Catalogue, int, int]:
    """A catalogue with a document of TEXTS; its collection's and version's ids."""
    with catalogue.writing() as session:
        collection = CollectionRow(name="c")
        session.add(collection)
        session.flush()
        document = DocumentRow(collection_id=collection.id, name="d")
        session.add(document)
        session.flush()
        version = VersionRow(
            document_id=document.id, sha256="0", recipe="1", format="md", bytes=1, chunk_count=4, notes=[], text=""
        )
        session.add(version)
        session.flush()
        document.current_version_id = version.id
        chunks = [
            ChunkRow(version_id=version.id, ordinal=i, start=0, end=1, text=text, headings=[], page_starts=[])
            for i, text in enumerate(TEXTS)
        ]
        session.add_all(chunks)
        session.flush()
        LexicalIndex(catalogue.engine).add(session, {chunk.id: chunk.text for chunk in chunks})
        return catalogue, collection.id, version.id


def _texts(catalogue: Catalogue, found: list[tuple[int, float]]) -> list[str]:
    passages = catalogue.passages([chunk_id for chunk_id, _ in found])
    return [passages[chunk_id].text for chunk_id, _ in found]


def test_finds_by_words_best_first(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, _ = filled
    found = LexicalIndex(catalogue.engine).query("How much annual leave?", [collection], 10)
    assert _texts(catalogue, found) == [TEXTS[0], TEXTS[2]]
    assert found[0][1] > found[1][1] > 0


def test_finds_identifiers_however_they_are_written(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, _ = filled
    assert _texts(catalogue, LexicalIndex(catalogue.engine).query("tp12", [collection], 1)) == [TEXTS[1]]


def test_keeps_to_the_collections_asked_for(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, _ = filled
    assert LexicalIndex(catalogue.engine).query("leave", [collection + 1], 10) == []


@pytest.mark.parametrize("question", ["", "?!", '" OR 1', "a'b & | ! : *", "NEAR(leave, 3)", "x" * 10_000])
def test_no_question_is_taken_for_a_query_language(filled: tuple[Catalogue, int, int], question: str) -> None:
    catalogue, collection, _ = filled
    LexicalIndex(catalogue.engine).query(question, [collection], 10)


def test_forgets_a_version(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, version = filled
    index = LexicalIndex(catalogue.engine)
    with catalogue.writing() as session:
        index.delete(session, version)
    assert index.query("leave", [collection], 10) == []


def test_rarer_words_weigh_more(filled: tuple[Catalogue, int, int]) -> None:
    rarity = LexicalIndex(filled[0].engine).rarity(["leav", "boat", "unheard"])
    assert 0 < rarity["leav"] < rarity["boat"] < rarity["unheard"]


def test_the_background_of_a_question_is_found_and_counts_less(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, _ = filled
    index = LexicalIndex(catalogue.engine)
    [(asked, score)] = index.query("boats", [collection], 10)
    [(behind, less)] = index.query("unheard", [collection], 10, background="boats")
    assert asked == behind
    assert 0 < less < score
    assert index.weights("boats", background="boats") == index.weights("boats")


def test_scores_are_bm25_of_the_terms(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, _ = filled
    [(_, score)] = LexicalIndex(catalogue.engine).query("boats", [collection], 10)
    lengths = [len(list(terms(text))) for text in TEXTS]
    relative = lengths[3] / (sum(lengths) / len(lengths))
    assert score == pytest.approx(math.log(1 + 3.5 / 1.5) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * relative)))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_idf_is_never_negative_and_falls_with_frequency(documents: int, containing: int) -> None:
    containing = min(containing, documents)
    assert idf(documents, containing) >= 0
    assert containing == 0 or idf(documents, containing) <= idf(documents, containing - 1)
    assert math.isfinite(idf(documents, containing))
