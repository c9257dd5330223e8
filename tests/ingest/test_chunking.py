import re
from itertools import pairwise, takewhile
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.chunking import Chunk, chunk_document
from ingest.elements import Element, Kind, ParsedDocument
from ingest.sentences import split_sentences

TARGET, MOST = 100, 160
"""Sizes so small that a few sentences make several chunks."""

Part = tuple[Kind, str, dict[str, Any]]

WORDS = st.sampled_from(["leave", "days", "are", "given", "to", "all", "staff", "who", "ask", "in", "writing"])
HEADINGS = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
SENTENCES = st.lists(WORDS, min_size=1, max_size=12).map(lambda words: " ".join(words).capitalize() + ".")
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=8).map(" ".join)
NOISE = st.text(alphabet="aB .\n|-#`“(1é😀\u00a0", min_size=1, max_size=60)
LONG = st.integers(1, 1200).map(lambda length: "x" * length) | st.integers(20, 300).map(lambda count: "word " * count)


def part(kind: Kind, text: st.SearchStrategy[str], **fields: Any) -> st.SearchStrategy[list[Part]]:
    return text.map(lambda text: [(kind, text, fields)])


@st.composite
def tables(draw: st.DrawFn) -> list[Part]:
    rows = draw(st.lists(st.lists(WORDS, min_size=2, max_size=6).map(" | ".join), min_size=1, max_size=8))
    header = draw(st.sampled_from([None, "Name | Days"]))
    header_row: list[Part] = [("table-row", header, {})] if header and draw(st.booleans()) else []
    return header_row + [("table-row", row, {"header": header}) for row in rows]


PARTS = st.one_of(
    *(part("heading", HEADINGS, depth=depth) for depth in (1, 2, 3)),
    part("paragraph", PARAGRAPHS | NOISE | LONG),
    part("list-item", SENTENCES.map("- {}".format)),
    part("code", st.lists(NOISE, max_size=5).map("\n".join)),
    part("other", NOISE),
    tables(),
)


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    text, page, elements = draw(st.sampled_from(["", "\n", "skipped\n"])), 1, []
    for parts in draw(st.lists(PARTS, max_size=12)):
        for kind, content, fields in parts:
            page += draw(st.sampled_from([0, 0, 0, 1]))
            elements.append(Element(kind=kind, start=len(text), end=len(text) + len(content), page=page, **fields))
            text += content + draw(st.sampled_from(["\n", "\n\n", "\n<!-- skipped -->\n"]))
    return ParsedDocument(text=text, elements=tuple(elements))


def parsed(*parts: tuple[Kind, str] | Part) -> ParsedDocument:
    text, elements = "", []
    for kind, content, *fields in parts:
        elements.append(Element(kind=kind, start=len(text), end=len(text) + len(content), **dict(*fields)))
        text += f"{content}\n\n"
    return ParsedDocument(text=text, elements=tuple(elements))


def cut(document: ParsedDocument) -> list[Chunk]:
    return chunk_document(document, target_chars=TARGET, max_chars=MOST)


def elements_in(document: ParsedDocument, chunk: Chunk) -> list[Element]:
    """The elements with text in the chunk."""
    shared = ((element, max(element.start, chunk.start), min(element.end, chunk.end)) for element in document.elements)
    return [element for element, start, end in shared if document.text[start:end].strip()]


def whole_spans(document: ParsedDocument) -> list[tuple[int, int]]:
    """Sentences, table rows, headings and lines of code."""
    spans: list[tuple[int, int]] = []
    for element in document.elements:
        text = document.text[element.start : element.end]
        if element.kind == "code":
            inside = [line.span() for line in re.finditer(r"[^\n]*\S", text)]
        elif element.kind in ("table-row", "heading"):
            inside = [(0, len(text))]
        else:
            inside = split_sentences(text)
        spans += [(element.start + start, element.start + end) for start, end in inside]
    return spans


@given(documents())
def test_chunks_are_spans_in_order_that_cover_all_text_of_the_elements(document: ParsedDocument) -> None:
    chunks = cut(document)
    covered: set[int] = set()
    for ordinal, chunk in enumerate(chunks):
        assert chunk.ordinal == ordinal
        assert chunk.text == document.text[chunk.start : chunk.end]
        assert chunk.text.strip()
        covered |= set(range(chunk.start, chunk.end))
    assert all(before.end <= after.start for before, after in pairwise(chunks))
    for element in document.elements:
        for place in range(element.start, element.end):
            assert place in covered or document.text[place].isspace()


@given(documents())
def test_a_cut_goes_through_a_sentence_or_row_only_where_it_is_very_long(document: ParsedDocument) -> None:
    edges = {edge for chunk in cut(document) for edge in (chunk.start, chunk.end)}
    for start, end in whole_spans(document):
        assert end - start > 3 * MOST or not edges & set(range(start + 1, end))


@given(documents())
def test_a_chunk_is_too_long_only_by_a_single_sentence_or_row(document: ParsedDocument) -> None:
    heading_starts = {element.start for element in document.elements if element.kind == "heading"}
    spans = whole_spans(document)
    for chunk in cut(document):
        inside = [start for start, end in spans if chunk.start <= start and end <= chunk.end]
        assert len(chunk.text) <= MOST or len(set(inside) - heading_starts) <= 1
        assert len(chunk.text) <= 4 * MOST


@given(documents())
def test_headings_begin_a_chunk_unless_small_sections_share_it(document: ParsedDocument) -> None:
    for chunk in cut(document):
        is_heading = [element.kind == "heading" for element in elements_in(document, chunk)]
        assert is_heading == sorted(is_heading, reverse=True) or len(chunk.text) < TARGET // 2


@given(documents())
def test_no_chunk_is_only_a_heading_while_something_follows(document: ParsedDocument) -> None:
    for chunk in cut(document):
        if all(element.kind == "heading" for element in elements_in(document, chunk)):
            below = [each for each in document.elements if each.start >= chunk.end]
            below = [each for each in below if document.text[each.start : each.end].strip()]
            headings = list(takewhile(lambda element: element.kind == "heading", below))
            assert headings == below or headings[-1].end - chunk.start > MOST


def test_a_heading_is_in_the_text_and_the_path_of_its_chunks() -> None:
    long_text = "A sentence of some length stands here. " * 8
    chunks = cut(parsed(("heading", "# Staff"), ("heading", "## *Leave*", {"depth": 2}), ("paragraph", long_text)))
    assert len(chunks) > 2
    assert chunks[0].text.startswith("# Staff\n\n## *Leave*\n\nA sentence")
    assert {chunk.headings for chunk in chunks} == {("Staff", "Leave")}


def test_the_path_leaves_out_deeper_headings_of_an_earlier_section() -> None:
    body = "All of this is said about the matter that the heading names, and no more."
    document = parsed(
        ("heading", "A"),
        ("heading", "B", {"depth": 3}),
        ("paragraph", body),
        ("heading", "C", {"depth": 2}),
        ("paragraph", body),
        ("heading", "D"),
        ("paragraph", body),
    )
    assert [chunk.headings for chunk in cut(document)] == [("A", "B"), ("A", "C"), ("D",)]


def test_a_heading_without_a_section_goes_with_the_next_one() -> None:
    document = parsed(("heading", "Empty"), ("heading", "Leave"), ("paragraph", "Leave is given to all staff."))
    assert [(chunk.text[:5], chunk.headings) for chunk in cut(document)] == [("Empty", ("Leave",))]


def test_a_heading_at_the_very_end_is_a_chunk() -> None:
    chunks = cut(parsed(("paragraph", "All staff are covered by this."), ("heading", "Annex")))
    assert [(chunk.text, chunk.headings) for chunk in chunks] == [
        ("All staff are covered by this.", ()),
        ("Annex", ("Annex",)),
    ]


def test_small_sections_beside_each_other_share_a_chunk_under_their_parent() -> None:
    document = parsed(
        ("heading", "Contacts"),
        ("paragraph", "Call these people when something breaks, day or night."),
        ("heading", "Ann", {"depth": 2}),
        ("paragraph", "Room 1."),
        ("heading", "Bob", {"depth": 2}),
        ("paragraph", "Room 2."),
        ("heading", "Eve", {"depth": 2}),
        ("paragraph", "Room 3, behind the stairs, on Mondays only."),
    )
    assert [chunk.headings for chunk in cut(document)] == [("Contacts",), ("Contacts",), ("Contacts", "Eve")]
    assert cut(document)[1].text == "Ann\n\nRoom 1.\n\nBob\n\nRoom 2."


def test_a_heading_at_the_end_shares_the_chunk_of_a_small_section_beside_it() -> None:
    document = parsed(("heading", "Ann"), ("paragraph", "Room 1."), ("heading", "Annex"))
    assert [(chunk.text, chunk.headings) for chunk in cut(document)] == [("Ann\n\nRoom 1.\n\nAnnex", ())]


def test_the_end_of_a_paragraph_is_a_better_place_to_cut_than_that_of_a_sentence() -> None:
    short, long = "Leave is given to all staff who ask.", "Ask for it in writing before you go. " * 5
    first = cut(parsed(("paragraph", f"{short} {short}"), ("paragraph", long)))[0]
    assert first.text == f"{short} {short}"


def test_no_short_rest_of_a_section_is_left_over() -> None:
    paragraphs = [
        "Leave is given to all staff who ask for it in time, save in the last week of the year.",
        "Good luck.",
    ]
    chunks = cut(parsed(*(("paragraph", text) for text in ("Ask first.", *paragraphs))))
    assert [chunk.text[-10:] for chunk in chunks] == ["Good luck."]


def _pages(chunk: Chunk) -> list[int]:
    return [page for _, page in chunk.page_starts]


def test_a_new_page_is_a_good_place_to_cut() -> None:
    paragraph = "Leave is given to all staff who ask for it in time."
    parts: list[Part] = [("paragraph", paragraph, {"page": page}) for page in (1, 2, 2, 2, 3)]
    assert [_pages(chunk) for chunk in cut(parsed(*parts))] == [[1], [2], [2], [3]]


def test_a_sentence_that_goes_on_over_the_page_is_not_cut_there() -> None:
    first: Part = ("paragraph", "Leave is given to staff. All who ask for it in time get", {"page": 1})
    second: Part = ("paragraph", "three days. " + "Ask for it in writing before you go. " * 3, {"page": 2})
    assert "get\n\nthree days." in cut(parsed(first, second))[0].text


def test_a_chunk_on_several_pages_names_them_all() -> None:
    parts: list[Part] = [("paragraph", "Ask for it.", {"page": page}) for page in (3, 3, 4, 5)]
    assert [_pages(chunk) for chunk in cut(parsed(*parts))] == [[3, 4, 5]]


def test_each_page_begins_where_its_first_text_does() -> None:
    parts: list[Part] = [("paragraph", f"Ask for it {page}.", {"page": page}) for page in (3, 3, 4)]
    document = parsed(*parts)
    [chunk] = cut(document)
    assert [(document.text[place : place + 13], page) for place, page in chunk.page_starts] == [
        ("Ask for it 3.", 3),
        ("Ask for it 4.", 4),
    ]


def test_pages_are_unknown_where_the_elements_have_none() -> None:
    assert [_pages(chunk) for chunk in cut(parsed(("other", "A.")))] == [[]]


def test_rows_name_their_header_only_where_the_chunk_does_not_show_it() -> None:
    rows: list[Part] = [
        ("table-row", f"Name {row} | {row} days of leave", {"header": "Who | What"}) for row in range(9)
    ]
    chunks = cut(parsed(("paragraph", "The days of all."), ("table-row", "Who | What"), *rows, ("paragraph", "End.")))
    assert "Who | What" in chunks[0].text
    assert [chunk.header for chunk in chunks] == [None, *["Who | What"] * (len(chunks) - 1)]
    assert len(chunks) > 2
    assert chunks[1].search_text.startswith("Who | What\nName")
    assert cut(parsed(("table-row", "Who | What"), *rows))[0].header is None


def test_what_announces_a_list_or_table_stays_with_it() -> None:
    paragraph = "Leave is given to all of the staff who ask. All of them get:"
    items: list[Part] = [("list-item", f"- {count} days of leave in the year that follows", {}) for count in range(3)]
    assert "- 0 days" in cut(parsed(("paragraph", paragraph), *items))[0].text
    row: Part = ("table-row", "Ann | fifty days of leave in the year that follows", {"header": "Who | What"})
    assert "Ann" in cut(parsed(("paragraph", paragraph), ("table-row", "Who | What"), row, row, row))[0].text


def test_code_is_cut_between_lines_and_keeps_their_indentation() -> None:
    code = "\n".join(f"    call(first, second. third)  # line {number}" for number in range(9))
    chunks = cut(parsed(("code", code)))
    assert len(chunks) > 1
    assert [line for chunk in chunks for line in chunk.text.split("\n")] == code.split("\n")


def test_a_very_long_sentence_is_cut_between_words_and_a_very_long_word_anywhere() -> None:
    sentence = "word " * 200 + "end."
    assert {word for chunk in cut(parsed(("paragraph", sentence))) for word in chunk.text.split()} == {"word", "end."}
    assert "".join(chunk.text for chunk in cut(parsed(("paragraph", "x" * 1000)))) == "x" * 1000
    assert "".join(chunk.text for chunk in cut(parsed(("code", " " * 1000 + "x" * 1000)))) == "x" * 1000


def test_text_of_two_elements_is_in_one_chunk_only() -> None:
    text = "Ask for it in writing before you go. " * 8
    elements = (Element(kind="paragraph", start=0, end=999), Element(kind="heading", start=0, end=10))
    chunks = cut(ParsedDocument(text=text, elements=elements))
    assert " ".join(chunk.text for chunk in chunks) == text.strip()


def test_a_document_without_text_has_no_chunks() -> None:
    assert cut(ParsedDocument(text=" \n", elements=(Element(kind="other", start=0, end=2),))) == []


def test_search_text_says_once_where_a_chunk_stands_and_what_it_says() -> None:
    chunk = Chunk(
        ordinal=0,
        text="## Sick leave\n\nSee the [form](https://example.org) for **all** staff.",
        start=0,
        end=70,
        headings=("Staff", "Sick leave"),
        header="| Who | What |",
    )
    assert chunk.search_text == "Staff\nWho | What\nSick leave\n\nSee the form for all staff."


def test_a_heading_as_long_as_a_paragraph_is_shortened_in_the_path() -> None:
    chunk = chunk_document(parsed(("heading", "very " * 100 + "long"), ("paragraph", "Text.")))[0]
    assert len(chunk.headings[0]) == 200
    assert "very long\n\nText." in chunk.text
