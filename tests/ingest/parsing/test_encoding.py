import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsing.encoding import decode
from ingest.parsing.errors import ParseError

GERMAN = "Für Angestellte gilt: Überstunden müssen vorher genehmigt werden. " * 8
RUSSIAN = "Сотрудники имеют право на отпуск, если они проработали шесть месяцев. " * 8


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
)
def test_unicode_is_read_with_and_without_a_mark(encoding: str) -> None:
    assert decode(GERMAN.encode(encoding), name="a.txt") == GERMAN


@pytest.mark.parametrize(("text", "encoding"), [(GERMAN, "cp1252"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r")])
def test_older_encodings_are_guessed(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), name="a.txt") == text


def test_a_short_text_is_taken_for_western() -> None:
    assert decode("Käse für 5 €".encode("cp1252"), name="a.txt") == "Käse für 5 €"


def test_utf_8_with_a_damage_stays_utf_8() -> None:
    damaged = GERMAN.encode() + b" \xff " + GERMAN.encode()
    assert decode(damaged, name="a.txt") == f"{GERMAN} \ufffd {GERMAN}"


def test_an_encoding_of_seven_bits_needs_its_declaration() -> None:
    assert decode("日本語".encode("iso2022_jp"), name="a.eml", declared="ISO-2022-JP") == "日本語"


def test_line_ends_become_line_feeds() -> None:
    assert decode(b"a\r\nb\rc\nd", name="a.txt") == "a\nb\nc\nd"


@given(st.binary(max_size=200))
def test_any_bytes_become_text_or_a_sentence(data: bytes) -> None:
    try:
        text = decode(data, name="a.txt")
    except ParseError:
        return
    assert "\r" not in text
    assert "\x00" not in text
    text.encode()  # no half of a surrogate pair
