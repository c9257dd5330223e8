from collections.abc import Callable
from typing import Any

import pytest

Parse = Callable[[str, bytes | str], Any]


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def test_elements_are_joined_by_blank_lines(parse: Parse) -> None:
    shown = parse(
        "a.html", page("<h1>Leave</h1><p>Twenty\n <b>five</b> days.</p><ul><li>May</li></ul><pre>a  b\n c</pre>")
    )
    assert shown.document.text == "Leave\n\nTwenty five days.\n\nMay\n\na  b\n c"
    assert [kind for kind, _ in shown.kinds] == ["heading", "paragraph", "list-item", "code"]


def test_headings_have_their_level_as_depth(parse: Parse) -> None:
    shown = parse("a.html", page("<h1>One</h1><h2>Two</h2><h3>Three</h3><h6>Six</h6>"))
    assert shown.headings == [(1, "One"), (2, "Two"), (3, "Three"), (6, "Six")]


def test_the_title_is_the_page_s(parse: Parse) -> None:
    assert parse("a.html", page("<h1>Leave</h1>", "<title>Leave\n policy</title>")).document.title == "Leave policy"
    assert parse("a.html", page("<h2>Sick</h2><h1>Leave</h1>")).document.title == "Leave"


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>hidden()</script>",
        "<style>.hidden {}</style>",
        "<nav>hidden</nav>",
        "<div role='navigation'>hidden</div>",
        "<p hidden>hidden</p>",
        "<div style='color: red; display : none'><p>hidden</p></div>",
        "<span style='visibility:hidden'>hidden</span>",
        "<p aria-hidden='true'>hidden</p>",
        "<!-- hidden -->",
        "<template><p>hidden</p></template>",
        "<noscript>hidden</noscript>",
        "<footer>hidden</footer>",
        "<iframe>hidden</iframe>",
    ],
)
def test_what_a_reader_does_not_see_does_not_come_in(parse: Parse, unseen: str) -> None:
    assert parse("a.html", page(f"<p>Before</p>{unseen}<p>After</p>")).document.text == "Before\n\nAfter"


def test_folded_and_framed_parts_of_the_page_come_in(parse: Parse) -> None:
    body = "<details><summary>More</summary><p>Folded</p></details><figure><figcaption>Drawn</figcaption></figure>"
    assert (
        parse("a.html", page(body + "<form><p>In a form</p></form>")).document.text
        == "More\n\nFolded\n\nDrawn\n\nIn a form"
    )


def test_a_picture_does_not_break_the_sentence_it_stands_in(parse: Parse) -> None:
    assert parse("a.html", page('<p>Press <img src="http://x.y/z.png" alt="the bell"> twice.</p>')).kinds == [
        ("paragraph", "Press the bell twice.")
    ]


def test_two_line_breaks_part_paragraphs_and_one_does_not(parse: Parse) -> None:
    assert parse("a.html", page("<div>One<br>line<br><br>Two<br> <br>Three</div>")).texts("paragraph") == [
        "One line",
        "Two",
        "Three",
    ]


def test_text_of_a_single_character_is_kept(parse: Parse) -> None:
    assert parse("a.html", page("<div>Days</div><div>5</div>")).document.text == "Days\n\n5"


def test_table_rows_carry_the_header_and_cells_that_span_rows_are_repeated(parse: Parse) -> None:
    table = (
        "<table><caption>Leave</caption><tr><th>Grade</th><th>Year</th><th>Days</th></tr>"
        "<tr><td rowspan=2>A</td><td>2024</td><td>25</td></tr><tr><td>2025</td><td>H<sub>2</sub>O</td></tr>"
        "<tr><td colspan=2>All</td><td>1</td></tr><tr><td>B</td><td></td><td></td></tr></table>"
    )
    header = "Grade | Year | Days"
    assert parse("a.html", page(table)).rows == [
        (header, None),
        ("A | 2024 | 25", header),
        ("A | 2025 | H2O", header),
        ("All | 1", header),
        ("B", header),
    ]


def test_tables_that_lay_out_the_page_are_read_as_prose(parse: Parse) -> None:
    inner = "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"
    shown = parse("a.html", page(f"<table><tr><td><h1>Leave</h1><p>Text</p></td><td>{inner}</td></tr></table>"))
    assert shown.kinds == [("heading", "Leave"), ("paragraph", "Text"), ("table-row", "a | b"), ("table-row", "c | d")]


def test_only_the_main_part_is_read_unless_it_is_empty(parse: Parse) -> None:
    assert parse("a.html", page("<p>Menu</p><main><p>Text</p></main>")).document.text == "Text"
    assert parse("a.html", page("<p>Text</p><main> </main>")).document.text == "Text"


@pytest.mark.parametrize(
    ("encoding", "declaration"),
    [
        ("utf-8", ""),
        ("utf-8", "<meta charset=iso-8859-1>"),
        ("cp1252", "<meta charset='windows-1252'>"),
        ("shift_jis", '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">'),
        ("iso2022_jp", "<meta charset=iso-2022-jp>"),
        ("utf-16", ""),
    ],
)
def test_the_encoding_is_the_declared_one_where_that_is_true(parse: Parse, encoding: str, declaration: str) -> None:
    text = (
        "日本語の文書"
        if "jis" in encoding or "jp" in encoding
        else "Käse für 5 – “gut”"
        if "16" not in encoding
        else "Käse"
    )
    assert parse("a.html", page(f"<p>{text}</p>", declaration).encode(encoding)).document.text == text


def test_links_and_pictures_are_never_fetched(parse: Parse) -> None:
    # The child process refuses every connection with an error; a page that tried would not be read.
    head = '<link rel=stylesheet href="http://127.0.0.1:9/a.css"><base href="http://127.0.0.1:9/">'
    assert parse("a.html", page('<img src="/b.png"><p>Text</p>', head)).document.text == "Text"
