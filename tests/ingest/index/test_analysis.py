import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.index.analysis import query_terms, terms


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
