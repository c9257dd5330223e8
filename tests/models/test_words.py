import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.embedding import Embedder
from models.words import signs, similarities


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@given(st.integers(1, 5), st.lists(st.integers(0, 6), min_size=1, max_size=4), st.integers(1, 40))
def test_similarities_are_those_of_the_signs_written_out(asked: int, lengths: list[int], dimensions: int) -> None:
    random = np.random.default_rng(asked)
    vectors = random.normal(size=(asked, dimensions)).astype(np.float32)
    words = [random.normal(size=(length, dimensions)).astype(np.float32) for length in lengths]
    near = similarities(vectors, [signs(each) for each in words])
    for found, each in zip(near, words, strict=True):
        written_out = np.where(each > 0, 1, -1) / np.sqrt(dimensions)
        np.testing.assert_allclose(found, vectors @ written_out.T, atol=1e-4)


def test_the_words_of_a_question_are_whole_and_punctuation_is_none(embedder: Embedder) -> None:
    vector, words = embedder.query_in_words("Is TP-12 reimbursable?")
    assert words.texts == ("is", "tp", "12", "reimbursable")
    assert words.vectors.shape == (4, embedder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(words.vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vector, embedder.query("Is TP-12 reimbursable?"), atol=1e-5)


def test_passages_have_the_same_vectors_in_words_and_signs_in_their_order(embedder: Embedder) -> None:
    texts = ["Boats need a licence.", "", "The annual leave of a new employee is 25 days a year.", "…!"]
    vectors, kept = embedder.passages_in_words(texts, batch_size=2)
    np.testing.assert_allclose(vectors, embedder.passages(texts), atol=1e-5)
    assert [each.shape for each in kept] == [(4, 48), (0, 48), (12, 48), (0, 48)]


def test_the_words_of_a_text_are_nearest_to_themselves(embedder: Embedder) -> None:
    text = "Boats need a licence"
    _, words = embedder.query_in_words(text)
    near = similarities(words.vectors, embedder.passages_in_words([text])[1])[0]
    assert near.argmax(axis=1).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("question", "least", "most"),
    [
        ("How many days of annual leave do I get?", 0.1, 0.4),
        ("Wie viele Urlaubstage bekomme ich im Jahr?", 0.1, 0.5),
        ("Сколько дней отпуска в году?", 0.7, 1),
        ("每年有多少天假期?", 0.7, 1),
        ("ฉันมีวันลากี่วัน", 0.7, 1),
        ("?!", 1, 1),
    ],
)
def test_a_language_that_the_model_can_only_spell_is_told_from_the_others(
    embedder: Embedder, question: str, least: float, most: float
) -> None:
    assert least <= embedder.query_in_words(question)[1].spelt <= most
