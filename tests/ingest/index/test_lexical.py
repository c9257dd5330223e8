import math
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.schema import upgrade
from ingest.catalogue import Catalogue
from ingest.index.analysis import terms
from ingest.index.full_text import full_text_of
from ingest.index.lexical import LexicalIndex, _looked_for, bm25, idf
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
    collection, version, _ = _fill(catalogue, TEXTS)
    return catalogue, collection, version


def _fill(catalogue: Catalogue, texts: list[str]) -> tuple[int, int, dict[int, str]]:
    """Put a document in; ids of its collection and version, and the texts by chunk id."""
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
            for i, text in enumerate(texts)
        ]
        session.add_all(chunks)
        session.flush()
        by_id = {chunk.id: chunk.text for chunk in chunks}
        LexicalIndex(catalogue.engine).add(session, collection.id, by_id)
        return collection.id, version.id, by_id


def _texts(catalogue: Catalogue, found: Mapping[int, float]) -> list[str]:
    passages = catalogue.passages(list(found))
    return [passages[chunk_id].text for chunk_id in found]


def test_finds_by_words_best_first(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, _ = filled
    found = LexicalIndex(catalogue.engine).query("How much annual leave?", [collection], 10).scores
    assert _texts(catalogue, found) == [TEXTS[0], TEXTS[2]]
    best, second = found.values()
    assert best > second > 0


def test_finds_identifiers_however_they_are_written(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, _ = filled
    assert _texts(catalogue, LexicalIndex(catalogue.engine).query("tp12", [collection], 1).scores) == [TEXTS[1]]


def test_keeps_to_the_collections_asked_for(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, _ = filled
    assert LexicalIndex(catalogue.engine).query("leave", [collection + 1], 10).scores == {}


@pytest.mark.parametrize("question", ["", "?!", '" OR 1', "a'b & | ! : *", "NEAR(leave, 3)", "x" * 10_000])
def test_no_question_is_taken_for_a_query_language(filled: tuple[Catalogue, int, int], question: str) -> None:
    catalogue, collection, _ = filled
    LexicalIndex(catalogue.engine).query(question, [collection], 10)


WORDS = [
    "हिन्दी भाषा",
    "ภาษาไทย",
    "首都",
    "データ",
    "한국어",
    "მთავრობა",
    "தமிழ்",
    "မြန်မာ",
    "ភាសា",
    "Ελλάδα",
    "שלום",
    "C++",
    "a1b2",
]


def test_terms_of_every_script_are_kept_whole(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, version = filled
    index = LexicalIndex(catalogue.engine)
    with catalogue.writing() as session:
        row = {"version_id": version, "start": 0, "end": 1, "headings": [], "page_starts": []}
        chunks = [ChunkRow(ordinal=10 + n, text=word, **row) for n, word in enumerate(WORDS)]
        session.add_all(chunks)
        session.flush()
        index.add(session, collection, {chunk.id: chunk.text for chunk in chunks})
    for word in WORDS:
        found = _texts(catalogue, index.query(word, [collection], 50).scores)
        assert word in found
        assert all(set(terms(word)) & set(terms(text)) for text in found)
        held = [set(terms(text)) for text in (*TEXTS, *WORDS)]
        with catalogue.engine.connect() as connection:
            frequencies = full_text_of(catalogue.engine).frequencies(connection, list(terms(word)))
        assert frequencies == {term: sum(term in of for of in held) for term in terms(word)}


@settings(max_examples=25, deadline=None)  # each makes a database
@given(st.data())
def test_finds_what_scoring_every_chunk_finds(data: st.DataObject) -> None:
    words = st.lists(
        st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"]), min_size=1, max_size=6
    )
    texts = [" ".join(each) for each in data.draw(st.lists(words, min_size=1, max_size=30))]
    question = " ".join(data.draw(words))
    catalogue = Catalogue("sqlite://")
    upgrade(catalogue.engine)
    filled = _fill(catalogue, texts)
    index = LexicalIndex(catalogue.engine)
    weights = index.weights(question)
    average = sum(len(list(terms(text))) for text in texts) / len(texts)
    scored = [(chunk_id, bm25(list(terms(text)), weights, average)) for chunk_id, text in filled[2].items()]
    expected = sorted([pair for pair in scored if pair[1]], key=lambda pair: (-pair[1], pair[0]))[:10]
    assert [*index.query(question, [filled[0]], 10).scores.items()] == expected
    catalogue.close()


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 60_000), max_size=12))
def test_candidates_are_looked_for_by_the_rarest_words_that_give_enough(frequencies: dict[str, int]) -> None:
    words = _looked_for(frequencies)
    left_out = [frequencies[word] for word in frequencies if word not in words and frequencies[word]]
    assert [frequencies[word] for word in words] == sorted(frequencies[word] for word in words)
    assert not left_out or frequencies[words[-1]] <= min(left_out)
    assert not left_out or sum(frequencies[word] for word in words) >= 1_000
    assert bool(words) == any(frequencies.values())


def test_forgets_a_version(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, version = filled
    index = LexicalIndex(catalogue.engine)
    with catalogue.writing() as session:
        index.delete(session, version)
    assert index.query("leave", [collection], 10).scores == {}


def test_rarer_words_weigh_more(filled: tuple[Catalogue, int, int]) -> None:
    rarity = LexicalIndex(filled[0].engine).rarity(["leav", "boat", "unheard"])
    assert 0 < rarity["leav"] < rarity["boat"] < rarity["unheard"]


def test_the_background_of_a_question_is_found_and_counts_less(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, _ = filled
    index = LexicalIndex(catalogue.engine)
    [(asked, score)] = index.query("boats", [collection], 10).scores.items()
    [(behind, less)] = index.query("unheard", [collection], 10, background="boats").scores.items()
    assert asked == behind
    assert 0 < less < score
    assert index.weights("boats", background="boats") == index.weights("boats")


def test_scores_are_bm25_of_the_terms(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, collection, _ = filled
    [(_, score)] = LexicalIndex(catalogue.engine).query("boats", [collection], 10).scores.items()
    lengths = [len(list(terms(text))) for text in TEXTS]
    relative = lengths[3] / (sum(lengths) / len(lengths))
    assert score == pytest.approx(math.log(1 + 3.5 / 1.5) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * relative)))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_idf_is_never_negative_and_falls_with_frequency(documents: int, containing: int) -> None:
    containing = min(containing, documents)
    assert idf(documents, containing) >= 0
    assert containing == 0 or idf(documents, containing) <= idf(documents, containing - 1)
    assert math.isfinite(idf(documents, containing))
