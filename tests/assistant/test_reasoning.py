from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assistant.reasoning import ReasoningFilter

ANSWER = "Answer:"


def _parted(pieces: list[str], marker: str | None = ANSWER) -> tuple[str, str]:
    parts = ReasoningFilter(marker)
    fed = [*(parts.feed(piece) for piece in pieces), parts.flush()]
    return "".join(reasoning for reasoning, _ in fed), "".join(answer for _, answer in fed)


def _cut(text: str, places: list[int]) -> list[str]:
    ends = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(ends)]


@given(st.lists(st.integers(min_value=0, max_value=500), max_size=30))
def test_however_the_text_is_cut_reasons_and_answer_are_the_same(places: list[int]) -> None:
    text = "Reasons:\n[1] speaks of an Answer: no line begins so.\n**Answer:** It is £165 [1].\nAnswer: twice"
    reasoning, answer = _parted(_cut(text, places))
    assert reasoning == "Reasons:\n[1] speaks of an Answer: no line begins so.\n"
    assert answer == "It is £165 [1].\nAnswer: twice"


def test_without_a_marker_in_the_prompt_everything_is_the_answer() -> None:
    assert _parted(["Reasons: none. ", "Answer: all"], None) == ("", "Reasons: none. Answer: all")


@given(st.text(alphabet="Answer: \n*x", max_size=40), st.lists(st.integers(min_value=0, max_value=500), max_size=8))
def test_nothing_is_lost_when_the_answer_never_begins(text: str, places: list[int]) -> None:
    reasoning, answer = _parted(_cut(text, places))
    if "answer:" not in text.lower():
        assert answer == text
        assert text.startswith(reasoning)


def test_an_answer_is_shown_as_soon_as_it_begins() -> None:
    parts = ReasoningFilter(ANSWER)
    assert parts.feed("Because.\nAns") == ("Because.\n", "")
    assert parts.feed("wer: 7")[1] == "7"
    assert parts.feed(" days")[1] == " days"
