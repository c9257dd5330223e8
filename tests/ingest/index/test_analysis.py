import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from ingest.index.analysis import query_terms, terms
from ingest.index.languages import language_of, stem


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("holidays", "a holiday"),
        ("Café", "cafe"),
        ("TP-12", "form TP12"),
        ("kube-apiserver", "the apiserver"),
        ("10.5", "costs 10.5 pounds"),
        ("staff's", "staff"),
        ("re­port", "report"),  # a soft hyphen
        ("ＲＡＩＤ", "raid"),
        ("ISPARTA", "ısparta"),
        ("İzmir", "izmir"),
        ("Đà Nẵng", "da nang"),
        ("٢٠٢٦", "in 2026"),
        ("२०२६ में", "2026"),
        ("Welche Häuser gehören der Stadt?", "Das Haus ist in der Stadt und gehört ihr"),
        ("Häuser", "Die Häuser sind in der Stadt"),
        ("¿Cuáles son las licencias?", "la licencia de los barcos"),
        ("Какие лицензии нужны?", "нужна лицензия"),
        ("Йод", "йода"),
        ("Ποιες άδειες;", "μια άδεια"),
        ("كتاب", "الكِتَاب"),
        ("کتابها", "كتابها"),
        ("भारत की राजधानी", "राजधानियाँ"),
        ("首都在哪里", "中国的首都是北京"),
        ("東京の人口", "人口は東京で"),
        ("데비안을", "데비안은"),
        ("เมืองหลวง", "กรุงเทพเป็นเมืองหลวงของไทย"),
    ],
)
def test_a_question_meets_other_spellings_of_its_words(asked: str, written: str) -> None:
    assert set(query_terms(asked)) & set(terms(written))


def test_stop_words_are_left_out_of_a_question_unless_it_has_nothing_else() -> None:
    assert query_terms("What is the allowance?") == ["allow"]
    assert query_terms("to be or not to be") == ["to", "be", "or", "not"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("हिन्दी भाषा", ["हिन्द", "भाष"]),  # vowel signs part no word
        ("猫", ["猫"]),
        ("京都市2026年", ["京都", "都市", "2026", "年"]),
        ("データ", ["デー", "ータ"]),
        ("ภาษาไทย", ["ภา", "าษ", "ษา", "าไ", "ไท", "ทย"]),
        ("ที่นี่", ["ที่นี่"]),
        ("й ё é", ["й", "е", "e"]),
        ("C++ and C#", ["c", "and", "c"]),
    ],
)
def test_each_script_has_terms_of_its_own_kind(text: str, expected: list[str]) -> None:
    assert list(terms(text)) == expected


def test_a_word_in_latin_letters_is_kept_as_its_language_and_as_english_stem_it() -> None:
    written = list(terms("Die Lizenzen sind von der Stadt"))
    assert set(query_terms("Lizenzen")) <= set(written)
    assert set(query_terms("Wie viele Lizenzen hat die Stadt?")) <= {*written, "viel"}
    assert len(list(terms("The licences are with the city"))) == 6


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("was will der mann in der stadt", "german"),
        ("what is the rank of de la rue", "english"),
        ("care este capitala", "romanian"),
        ("turkiye ve hangi sehir", "turkish"),
        ("de la", "english"),
        ("", "english"),
    ],
)
def test_small_words_tell_the_language_and_english_is_taken_in_doubt(text: str, language: str) -> None:
    assert language_of(text.split()) == language


def test_small_words_of_another_language_are_left_out_of_a_question() -> None:
    assert query_terms("Was ist die Hauptstadt von der Schweiz?") == ["hauptstadt", "schweiz"]


@given(st.text())
def test_terms_hold_letters_their_marks_and_digits_only_and_are_short(text: str) -> None:
    for term in terms(text):
        assert regex.fullmatch(r"[\p{L}\p{M}\p{N}]+", term)
        assert 0 < len(term) <= 64


@given(st.text())
def test_a_question_finds_the_text_that_repeats_it(text: str) -> None:
    assert set(query_terms(text)) <= set(terms(text))


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
    stem.cache_clear()
    assert together == [list(terms(text)) for text in texts]
