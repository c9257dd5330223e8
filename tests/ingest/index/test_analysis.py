import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.index.analysis import _stem, query_terms, terms


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("holidays", "a holiday"),
        ("Café", "cafe"),
        ("TP-12", "form TP12"),
        ("kube-apiserver", "the apiserver"),
        ("10.5", "costs 10.5 pounds"),
        ("staff's", "staff"),
    ],
)
def test_a_question_meets_other_spellings_of_its_words(asked: str, written: str) -> None:
    assert set(query_terms(asked)) & set(terms(written))


def test_stop_words_are_left_out_of_a_question_unless_it_has_nothing_else() -> None:
    assert query_terms("What is the allowance?") == ["allow"]
    assert query_terms("to be or not to be") == ["to", "be", "or", "not"]


@given(st.text())
def test_terms_hold_letters_and_digits_only(text: str) -> None:
    assert all(term.isalnum() for term in terms(text))


@pytest.fixture
def _impatient_threads() -> Iterator[None]:
    """Threads that take turns after every few instructions, so that those that get in each other's way do."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_impatient_threads")
def test_many_threads_find_the_same_terms_as_one() -> None:
    # Words that no other test asks for, so that each is stemmed here and not remembered.
    texts = [
        " ".join(
            f"{stem}{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}ations" for stem in ("relation", "happ", "run")
        )
        for n in range(400)
    ]
    with ThreadPoolExecutor(max_workers=8) as pool:
        together = list(pool.map(lambda text: list(terms(text)), texts))
    _stem.cache_clear()
    assert together == [list(terms(text)) for text in texts]
