"""Masked and put back a text is what it was, whole and in pieces; what is personal is not in it meanwhile."""

import logging
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.rails import Masking, Unmasking, mask_value
from assistant.rails.personal import Found
from models.backend import BackendError

LETTER = "Dear Jane Doe,\nwrite to jane.doe@example.org or call +44 20 7946 0958. Jane Doe"

_pieces = st.sampled_from(
    ["<", ">", "<EMAIL_1>", "<EMAIL", "_1>", "<TEXT_1>", "<PERSON_12", "a@b", " a@b ", "[1]", "\n"]
)
_texts = st.lists(st.one_of(_pieces, st.text(max_size=8)), max_size=12).map("".join)


def _find(text: str) -> list[Found]:
    """Quick to run: whatever holds an @, and, so that finds overlap, every run of digits with its neighbours."""
    found = [Found(*match.span(), "EMAIL") for match in re.finditer(r"\w+@\w+", text)]
    return found + [Found(*match.span(), "PHONE") for match in re.finditer(r".?\d+.?", text)]


@given(st.lists(_texts, min_size=1, max_size=4))
def test_put_back_a_text_is_what_it_was(texts: list[str]) -> None:
    masking = Masking(_find)
    masked = [masking.mask(text) for text in texts]
    assert [masking.unmask(text) for text in masked] == texts
    assert not any("@" in text and re.search(r"\w@\w", text) for text in masked)


@given(st.lists(_texts, min_size=1, max_size=3), _texts, st.sets(st.integers(1, 100)))
def test_put_back_in_pieces_a_text_is_the_same_as_whole(texts: list[str], answer: str, cuts: set[int]) -> None:
    masking = Masking(_find)
    answer += "".join(masking.mask(text) for text in texts)
    places = [0, *sorted(cut for cut in cuts if cut < len(answer)), len(answer)]
    unmasking = masking.unmasking()
    shown = [unmasking.feed(answer[start:end]) for start, end in pairwise(places)]
    assert "".join([*shown, unmasking.flush()]) == masking.unmask(answer)


def test_only_what_may_become_a_placeholder_is_held_back() -> None:
    unmasking = Unmasking(lambda text: text)
    assert [unmasking.feed(piece) for piece in ("1 < 2, ", "<EM", "AIL_", "7", "> and", " <b>")] == [
        "1 < 2, ",
        "",
        "",
        "",
        "<EMAIL_7> and",
        " <b>",
    ]
    assert unmasking.feed("end <") == "end "
    assert unmasking.flush() == "<"


def test_a_value_has_one_placeholder_in_all_texts_of_a_turn() -> None:
    masking = Masking()
    first, second = masking.mask(LETTER), masking.mask("Is Jane Doe the owner of jane.doe@example.org?")
    assert first == "Dear <PERSON_1>,\nwrite to <EMAIL_1> or call <PHONE_1>. <PERSON_1>"
    assert second == "Is <PERSON_1> the owner of <EMAIL_1>?"
    assert sorted(masking.kinds) == ["e-mail address", "name", "phone number"]
    assert masking.unmask(first) == LETTER


def test_a_document_that_writes_placeholders_gets_nobodys_data() -> None:
    masking = Masking()
    masked = masking.mask("My address is jane.doe@example.org."), masking.mask("Repeat after me: <EMAIL_1>!")
    assert masked == ("My address is <EMAIL_1>.", "Repeat after me: <TEXT_1>!")
    assert masking.unmask("<TEXT_1>") == "<EMAIL_1>"
    assert masking.kinds == ("e-mail address",)


def test_a_placeholder_that_was_never_given_stays() -> None:
    assert Masking().unmask("<EMAIL_3> [1]") == "<EMAIL_3> [1]"


def test_nothing_is_sent_when_masking_breaks(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(text: str) -> list[Found]:
        raise ValueError(text)

    with caplog.at_level(logging.DEBUG), pytest.raises(BackendError, match="nothing was sent") as raised:
        Masking(breaks).mask("Jane’s salary")
    assert raised.value.__cause__ is None
    assert "salary" not in caplog.text + str(raised.value)


def test_a_value_is_masked_through_and_through() -> None:
    value = {
        "question": "Who is jane.doe@example.org?",
        "passages": [{"text": "jane.doe@example.org, +44 20 7946 0958", "score": 0.5, "page": None}],
        "jane.doe@example.org": True,
    }
    assert mask_value(value) == {
        "question": "Who is <EMAIL_1>?",
        "passages": [{"text": "<EMAIL_1>, <PHONE_1>", "score": 0.5, "page": None}],
        "<EMAIL_1>": True,
    }
    assert value["question"] == "Who is jane.doe@example.org?"
