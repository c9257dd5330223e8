import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import split_sentences

PIECES = st.sampled_from(
    [
        "Dr. ",
        "e.g. ",
        "1. ",
        "- ",
        "\n",
        "\n\n",
        "```\n",
        "| a | b |",
        "“",
        "”",
        "'",
        "(",
        ")",
        "[1]",
        "<",
        "# ",
        "…",
        "A.",
        "។",
        "ก ข",
        "α; Β",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=30).map("".join)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["他说：“我也要去。”", "然后他就走了。", "价格是3.5元。"],
        ["人口は約1400万人です！", "本当ですか？"],
        ["भारत एक देश है।", "जनसंख्या 1.4 अरब है।"],
        ["هل تعرف ذلك؟", "نعم، أعرف!"],
        ["Το γνωρίζετε;", "Ναι, βέβαια!"],
        ["ភ្នំពេញជារាជធានី។", "វាធំ។"],
        ["ประเทศไทยเป็นประเทศในเอเชียตะวันออกเฉียงใต้ มีกรุงเทพมหานครเป็นเมืองหลวง", "ประชากรประมาณ 70 ล้านคน"],
        ["Dr. Watson met Mr. Holmes at 221B Baker St. in London.", "They left at once."],
        ["Use a lock, e.g. a mutex, i.e. something safe.", "It works."],
        ["See No. 5 in Fig. 3 and Sec. 4.2 of the manual.", "Then go on."],
        ["Version 1.2.3 fixes 3.5 bugs a day.", "Upgrade to 2.0.", "Then restart."],
        ["Visit https://example.com/a.b?c=d.", "Mail bob@example.com.", "He replies."],
        ["J. R. Smith wrote it.", "A. Lovelace read it."],
        ["The train leaves at 5 a.m. on Monday.", "It is late."],
        ["Well... that is odd.", "I think so.", "Wait… what?"],
        ["The U.S. economy grew.", "Acme Inc. and Foo Ltd. merged in Jan. 2020.", "Prices etc. rose."],
        ["It takes approx. 5 min. to set up.", "Allow max. 7 days."],
        ["Step 1. Open the lid.", "2. Close it.", "M. Dupont waits."],
        ["It ends in a citation.[1]", "This one too.[2][3]", "Done."],
        ["Is x < 5?", "It is.", "And y > 3?", "No."],
    ],
)
def test_only_a_stop_that_ends_a_sentence_is_a_boundary(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ['She said "I am done."', "Then she left."],
        ["“We will win.", "We will not stop.”", "He sat down."],
        ['"Why?" she asked.', "‘Stop.’", "He stopped."],
        ["It was late (it was after ten.)", "(A bird sang.)", "We went home."],
        ["**A bold sentence.**", "*Another one.*", "_A third._", "Then plain text."],
        ["Il a dit « Viens. »", "Puis il est parti."],
        ["Er sagte: „Komm.“", "Dann ging er."],
    ],
)
def test_marks_that_close_after_the_stop_belong_to_their_sentence(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["Das gilt z.B. für Bücher, d.h. alles usw. und so fort.", "Am 3. Oktober ist frei."],
        ["Siehe § 5 Abs. 2 und Nr. 4.", "Es gilt ca. 10 Tage."],
        ["Mme. Durand est là.", "Est-ce vrai ?", "Oui !"],
        ["日本語です。", "次の文。"],
    ],
)
def test_other_languages_are_split_with_the_same_rules(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_a_wrapped_line_ends_no_sentence() -> None:
    assert sentences("A long sentence that goes on\nover two lines. A second\none.") == [
        "A long sentence that goes on\nover two lines.",
        "A second\none.",
    ]


def test_blank_lines_items_and_headings_end_a_sentence_without_a_stop() -> None:
    text = "# Leave. In short\nStaff get time\n\nThat is\n- holidays\n- illness. With pay\n  in full\n2) other\n* last"
    assert sentences(text) == [
        "# Leave. In short",
        "Staff get time",
        "That is",
        "- holidays",
        "- illness.",
        "With pay\n  in full",
        "2) other",
        "* last",
    ]


def test_a_short_line_above_a_paragraph_is_taken_for_its_title() -> None:
    assert sentences("Scope\nAll staff are covered by this policy.") == [
        "Scope",
        "All staff are covered by this policy.",
    ]


def test_a_table_row_is_one_sentence() -> None:
    text = "Prices.\n| Item | Note |\n|------|------|\n| A. B | Yes. No. |\nx | y. Z\na\tb. C\nThe end."
    rows = ["| Item | Note |", "|------|------|", "| A. B | Yes. No. |", "x | y. Z", "a\tb. C"]
    assert sentences(text) == ["Prices.", *rows, "The end."]


def test_each_line_of_fenced_code_is_one_sentence() -> None:
    text = "Run. This:\n```sh\ncd /tmp. Now\n\n# a. B\n```\nDone. Ok."
    assert sentences(text) == ["Run.", "This:", "```sh", "cd /tmp. Now", "# a. B", "```", "Done.", "Ok."]


def test_a_fence_closes_only_with_its_own_mark() -> None:
    assert sentences("~~~~\nA. B\n```\nC. D\n~~~~\nYes. No") == ["~~~~", "A. B", "```", "C. D", "~~~~", "Yes.", "No"]


def test_a_long_quotation_or_bracket_does_not_hide_the_sentences_in_it() -> None:
    for opening, closing in ["“”", '""', "[]", "<>"]:
        inside = "This is a sentence of a speech. " * 20
        assert len(sentences(f"He said: {opening}{inside}{closing} The end.")) >= 20


def test_a_very_long_paragraph_is_split_like_a_short_one() -> None:
    text = "This is a sentence, number one. Dr. Smith wrote this one. " * 1000
    assert set(sentences(text)) == {"This is a sentence, number one.", "Dr. Smith wrote this one."}
    assert len(sentences("word " * 10_000 + "end. Next.")) == 2


@given(TEXTS)
def test_spans_are_ordered_trimmed_and_cover_all_that_is_not_white_space(text: str) -> None:
    spans = split_sentences(text)
    position = 0
    for start, end in spans:
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert not text[position:].strip()


def test_characters_that_cannot_be_encoded_are_carried_along() -> None:
    assert sentences("One \ud800. Two.\u2028Three\xa0I.\xa0Four.") != []
