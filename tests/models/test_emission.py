"""Text is shown as soon as it is certain, and not before."""

from hypothesis import given, settings
from hypothesis import strategies as st

from models.emission import Emission


def emit(pieces: list[bytes], stop: tuple[str, ...] = ()) -> list[str]:
    emission = Emission(stop)
    return [*(emission.feed(piece) for piece in pieces), emission.finish()]


def test_holds_a_character_back_until_it_is_whole() -> None:
    assert emit([b"a\xf0\x9f", b"\x99", b"\x82b"]) == ["a", "", "🙂b", ""]


def test_drops_half_a_character_at_the_end() -> None:
    assert emit([b"a\xf0\x9f"]) == ["a", ""]


def test_shows_bytes_that_are_no_character_as_replacement() -> None:
    assert "".join(emit([b"a\xffb"])) == "a\ufffdb"


def test_holds_back_what_may_become_a_stop_string() -> None:
    assert emit([b"one\n", b"\nQ", b"uestion:"], stop=("\n\nQuestion",)) == ["one", "", "", ""]


def test_releases_what_did_not_become_a_stop_string() -> None:
    assert emit([b"one\n", b"\nQ", b"uite"], stop=("\n\nQuestion",)) == ["one", "", "\n\nQuite", ""]


def test_releases_what_is_held_at_the_end() -> None:
    assert emit([b"one\n"], stop=("\n\n",)) == ["one", "\n"]


@settings(deadline=None)
@given(
    text=st.text(alphabet="ab\né🙂", max_size=40),
    stop=st.lists(st.text(alphabet="ab\né🙂", min_size=1, max_size=4), max_size=3),
    data=st.data(),
)
def test_shows_the_text_before_the_stop_string_that_is_complete_first_however_it_is_cut(
    text: str, stop: list[str], data: st.DataObject
) -> None:
    encoded = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(encoded)), max_size=10)))
    pieces = [encoded[a:b] for a, b in zip([0, *cuts], [*cuts, len(encoded)], strict=True)]

    ends = [(at + len(string), at) for string in stop if (at := text.find(string)) >= 0]
    expected = text[: min(ends)[1]] if ends else text

    assert "".join(emit(pieces, tuple(stop))) == expected


@settings(deadline=None)
@given(text=st.text(max_size=60), size=st.integers(1, 5))
def test_never_shows_a_part_of_a_character(text: str, size: int) -> None:
    encoded = text.encode()
    shown = emit([encoded[at : at + size] for at in range(0, len(encoded), size)])

    assert "".join(shown) == text
    assert all("\ufffd" not in piece for piece in shown) or "\ufffd" in text
