from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.parsing.markdown import parse_markdown

Parse = Callable[[str, bytes | str], Any]


def test_the_text_is_the_file_itself(parse: Parse) -> None:
    shown = parse("a.md", b"\xef\xbb\xbf# Leave\r\n\r\nTwenty *five* days.\r\n")
    assert shown.document.text == "# Leave\n\nTwenty *five* days.\n"
    assert shown.kinds == [("heading", "# Leave"), ("paragraph", "Twenty *five* days.")]


def test_headings_have_their_level_as_depth_in_either_style(parse: Parse) -> None:
    shown = parse("a.md", "One\n===\n\nTwo\n---\n\n### Three ###\n\ntext\n#### Four\ntext")
    assert shown.headings == [(1, "One\n==="), (2, "Two\n---"), (3, "### Three ###"), (4, "#### Four")]
    assert shown.document.title == "One"


def test_a_hash_inside_a_code_fence_is_no_heading(parse: Parse) -> None:
    shown = parse("a.md", "# Set-up\n\n```sh\n# install\n\nmake\n```\n\n    # indented\n")
    assert shown.headings == [(1, "# Set-up")]
    assert shown.texts("code") == ["```sh\n# install\n\nmake\n```", "# indented"]


def test_every_table_row_carries_the_header_row(parse: Parse) -> None:
    shown = parse("a.md", "| Grade | Days |\n|---|---|\n| A | 25 |\n| B | 28 |\n\nAfter.")
    assert shown.rows == [
        ("| Grade | Days |\n|---|---|", None),
        ("| A | 25 |", "Grade | Days"),
        ("| B | 28 |", "Grade | Days"),
    ]


def test_list_items_are_apart_with_and_without_blank_lines(parse: Parse) -> None:
    text = "Bring:\n- a passport\n  or a licence\n- a form\n\n1. first\n\n2. second\n\n   more of it\n   - below\n"
    assert parse("a.md", text).kinds == [
        ("paragraph", "Bring:"),
        ("list-item", "- a passport\n  or a licence"),
        ("list-item", "- a form"),
        ("list-item", "1. first"),
        ("list-item", "2. second"),
        ("paragraph", "more of it"),
        ("list-item", "- below"),
    ]


def test_front_matter_gives_the_title_and_is_no_prose(parse: Parse) -> None:
    shown = parse("a.md", '---\ntitle: "Sick leave"\ntags: [hr]\n---\n\nStay at home.\n')
    assert shown.kinds == [("other", '---\ntitle: "Sick leave"\ntags: [hr]\n---'), ("paragraph", "Stay at home.")]
    assert shown.document.title == "Sick leave"


def test_rules_at_the_top_are_no_front_matter(parse: Parse) -> None:
    assert parse("a.md", "---\nStay at home.\n\n---\n").texts("paragraph") == ["Stay at home."]


def test_the_title_is_without_markup(parse: Parse) -> None:
    assert parse("a.md", "text\n\n# The **[desk](http://x.y)** `app` {#top}\n").document.title == "The desk app"


def test_what_is_not_shown_still_belongs_to_an_element(parse: Parse) -> None:
    shown = parse("a.md", "A [link][1].\n\n<!-- a remark -->\n\n[1]: http://example.org\n\n***\n")
    assert shown.uncovered == ""
    assert shown.texts("other") == ["<!-- a remark -->\n\n[1]: http://example.org\n\n***"]


_MARKUP = st.sampled_from(
    (
        *("# ", "## ", "- ", "1. ", "> ", "    ", "```\n", "~~~", "|", "|---|---|\n", "\n", "\n\n", "---\n", "===\n"),
        *("[a]: b\n", "<div>", "</div>", "<!--", "-->", "<script>", "\t", "*", "`", "[x](y)", "\\", "&amp;", "\x0c"),
        *("\u2028", "é", "日本"),
    )
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(_MARKUP, st.text("abc \n", max_size=8), st.text(max_size=5)), max_size=30).map("".join))
def test_elements_are_in_order_and_cover_whatever_is_in_the_file(text: str) -> None:
    text = text.replace("\r", "").replace("\x00", "")
    document = parse_markdown(text)
    assert document.text == text
    position, covered = 0, list(text)
    for element in document.elements:
        assert position <= element.start < element.end <= len(text)
        covered[element.start : element.end] = " " * (element.end - element.start)
        position = element.end
    assert not "".join(covered).strip()
    assert type(document).from_json(document.to_json()) == document
