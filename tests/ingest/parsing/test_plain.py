from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.parsing.plain import parse_plain

Parse = Callable[[str, bytes | str], Any]


def test_the_text_is_the_file_itself(parse: Parse) -> None:
    shown = parse("a.txt", "First line,\r\nsecond line.\r\n\r\n  Indented.\r\n")
    assert shown.document.text == "First line,\nsecond line.\n\n  Indented.\n"
    assert shown.kinds == [("paragraph", "First line,\nsecond line."), ("paragraph", "Indented.")]


def test_underlined_lines_are_headings_by_the_order_of_their_marks(parse: Parse) -> None:
    shown = parse("a.rst", "======\nManual\n======\n\nLeave\n-----\nText.\n\nSick\n~~~~\nText.\n\nPay\n---\nText.\n")
    assert shown.headings == [(1, "======\nManual\n======"), (2, "Leave\n-----"), (3, "Sick\n~~~~"), (2, "Pay\n---")]
    assert shown.document.title == "Manual"


def test_numbers_give_headings_their_depth(parse: Parse) -> None:
    shown = parse(
        "a.txt", "1 Leave\n\nText here.\n\n1.1 Sick leave\n\nStay at home.\n\n1.1.1 Proof\n\nAfter three days.\n"
    )
    assert shown.headings == [(1, "1 Leave"), (2, "1.1 Sick leave"), (3, "1.1.1 Proof")]


def test_chapters_stand_below_parts(parse: Parse) -> None:
    shown = parse("a.txt", "PART ONE\n\nCHAPTER I\n\nIt was cold.\n\nCHAPTER II\n\nIt was warm.\n")
    assert shown.headings == [(1, "PART ONE"), (2, "CHAPTER I"), (2, "CHAPTER II")]


def test_a_line_in_capitals_heads_the_text_below_it(parse: Parse) -> None:
    shown = parse("a.txt", "WORKING FROM HOME\nAsk your manager first.\n\nText.\n")
    assert shown.kinds[:2] == [("heading", "WORKING FROM HOME"), ("paragraph", "Ask your manager first.")]


@pytest.mark.parametrize(
    "line",
    ["Dear colleagues,", "Hello", "1999 was a good year.", "A short line", "1. Wash your hands", "OK", "- NOTE THIS"],
)
def test_a_short_line_alone_is_no_heading(parse: Parse, line: str) -> None:
    assert parse("a.txt", f"{line}\n\n2. Then dry them, and go on with whatever you were doing.\n").headings == []


def test_list_items_are_apart_and_go_on_in_the_next_line(parse: Parse) -> None:
    shown = parse("a.txt", "Bring:\n- a passport\n  or a licence\n- a form\n1) first\n2) second\n")
    assert shown.kinds == [
        ("paragraph", "Bring:"),
        ("list-item", "- a passport\n  or a licence"),
        ("list-item", "- a form"),
        ("list-item", "1) first"),
        ("list-item", "2) second"),
    ]


def test_a_number_that_begins_a_line_of_prose_begins_no_item(parse: Parse) -> None:
    text = "The rule was changed in the year\n90. The board agreed with it and so did everybody else.\n"
    assert parse("a.txt", text).kinds == [("paragraph", text.strip())]


def test_paragraphs_without_blank_lines_end_with_a_short_line(parse: Parse) -> None:
    first = (
        "This line is about as long as lines in this file are,\nand so is this one, as you can see.\nBut this is not.\n"
    )
    second = "Here another paragraph begins, again with a full line\nand a second one that is long enough for it.\n"
    assert len(parse("a.txt", first + second).texts("paragraph")) == 2


_PIECES = st.sampled_from(
    (
        *("\n", "\n\n", "---\n", "====", "- ", "• ", "1. ", "2.1 Leave", "CHAPTER I", "TITLE", "\t", "  ", "*", "\x0c"),
        *("\x1c", "\u2028", "\u00a0", "word ", "日本"),
        "A long line that goes on and on, so that it fills what a line may be. ",
    )
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=4)), max_size=30).map("".join))
def test_elements_are_in_order_and_cover_whatever_is_in_the_file(text: str) -> None:
    text = text.replace("\r", "").replace("\x00", "")
    document = parse_plain(text)
    assert document.text == text
    position, covered = 0, list(text)
    for element in document.elements:
        assert position <= element.start < element.end <= len(text)
        covered[element.start : element.end] = " " * (element.end - element.start)
        position = element.end
    assert not "".join(covered).strip()
