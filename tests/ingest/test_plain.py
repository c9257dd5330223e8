import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.plain import plain

MARKS = [*"*_`[]()<>|\\#&;'\"0aé\t\n", "**", "``", "~~", "```\n", "\r\n", "](u)", "][r]", "![", "<b>", "</b>", "<br>"]
STARTS = ["<!--", "-->", "# ", "- ", "> ", "1. ", "|-|", "===", "C:\\", "http://a", "<img ", "alt="]
CODES = ["&amp;", "lt;", "&#42;", "&#xFDD0;", "\ufdd0", "\ufdd1"]
PIECES = st.sampled_from(MARKS) | st.sampled_from(STARTS) | st.sampled_from(CODES)
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=25).map("".join)


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("# Leave #", "Leave"),
        ("Leave\n=====\nFor all.", "Leave\nFor all."),
        ("**Bold**, *one*, _two_, __three__, ~~four~~ and ***five***.", "Bold, one, two, three, four and five."),
        ("**Note:** *a **b** c* in bo**l**d", "Note: a b c in bo**l**d"),
        ("这是**粗体**文字", "这是粗体文字"),
        ("*wrapped\nemphasis*", "wrapped\nemphasis"),
        ("*no\n\nemphasis*", "*no\n\nemphasis*"),
        ("Run `refdesk run` or ``refdesk ask``.", "Run refdesk run or refdesk ask."),
        ("- one\n* two\n  + three\n• four", "one\ntwo\nthree\nfour"),
        ("1. one\n2) two", "1. one\n2) two"),
        ("> quoted\n> > twice", "quoted\ntwice"),
        ("before\n\n---\n\nafter", "before\n\nafter"),
        ("```python\nx = 1\n```\nDone.", "x = 1\nDone."),
        ("Salt &amp; pepper&nbsp;&copy; &#65;", "Salt & pepper © A"),
        (r"snake\_case, \*, \# and 1\. here", "snake_case, *, # and 1. here"),
    ],
)
def test_marks_are_taken_out(markdown: str, words: str) -> None:
    assert plain(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("See [the form](https://example.org/a_(b)?c=d) now.", "See the form now."),
        ("[one](<a b> \"title\") [two](x 't')", "one two"),
        ("[the guide][1] and [Guide][]", "the guide and Guide"),
        ("![a chart of *days*](chart.png)", "a chart of days"),
        ("[![badge](b.svg)](https://example.org)", "badge"),
        ("<https://example.org/a>", "https://example.org/a"),
        ('<img src="x.png" alt="a chart">', "a chart"),
    ],
)
def test_links_become_labels_and_images_their_alternative_text(markdown: str, words: str) -> None:
    assert plain(markdown) == words


def test_tags_and_comments_are_taken_out() -> None:
    assert plain('<p class="a">H<sub>2</sub>O,<br/>cold</p><!-- not\n\nthis -->!') == "H2O, cold !"
    assert plain("kept <!-- as it never ends") == "kept <!-- as it never ends"
    assert plain("&lt;b&gt;bold&lt;/b&gt;") == "bold"


def test_a_table_row_is_its_cells_between_bars() -> None:
    table = "| Who | Days |\n|:----|-----:|\n|**Ann**|5|\n| `a|b` | - 3 |"
    assert plain(table) == "Who | Days\nAnn | 5\n`a|b` | - 3"


@pytest.mark.parametrize(
    "text",
    [
        "snake_case_names, _private, __init__ and kwargs**",
        "a*b, 2 * 3 * 4, 2**8 and x ** y",
        r"C:\path\to\*.txt, C:\_build, \\server\share and \d+\.\d",
        "<5%, a < b > c, if a <b and c> d, x<y && y>z",
        "Ann <ann@example.org>",
        "List<String>, <path> and <source>",
        "src/*.py and tests/*.py",
        "f(*args, **kwargs), a[0](x) and m[i][j]",
        "C#, C++, #1 and #tag",
        "> 5 % of all",
        "AT&T; &unknown; &copy=1",
        "Name: ____ Date: ____",
        "Price* is without tax.",
        "[^1] and [x]",
        "Ends with `",
    ],
)
def test_text_that_is_not_markdown_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("code", ["`<b>`", "`*`", "`__all__`", "`[a](b)`", "`&lt;`", "`# x`", "`| a |`", r"`\*`"])
def test_code_that_would_read_as_markup_keeps_its_backticks(code: str) -> None:
    assert plain(f"*Write* {code} here.") == f"Write {code} here."


def test_white_space_is_made_single_and_lines_stay() -> None:
    assert plain(" a \t b\u00a0c \r\nd\n \n\n\ne ") == "a b c\nd\n\ne"


@given(TEXTS)
def test_plain_text_has_nothing_left_to_take_out(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize("layer", ["[{}](u)", "<<b>{}b>", "*_{}_*", "&am{}p;", "![{}](u)"])
def test_markup_in_markup_is_taken_out_to_the_last_layer(layer: str) -> None:
    text = "x"
    for _ in range(60):
        text = layer.format(text)
    assert plain(plain(text)) == plain(text)
    assert "x" in plain(text)


@given(st.text(alphabet="abc ,.;:1-", max_size=40))
def test_only_white_space_changes_where_there_is_no_markup(text: str) -> None:
    text = f"a{text}a"
    assert plain(text) == " ".join(text.split())
