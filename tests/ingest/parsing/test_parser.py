import io
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ingest.parsing import SUFFIXES, ParseError, Parser, describe_formats

Parse = Callable[[str, bytes | str], Any]

JUNK = Random(1).randbytes(20_000)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def archive(*members: tuple[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return file.getvalue()


def refusal(parse: Parse, name: str, content: bytes | str) -> str:
    with pytest.raises(ParseError) as caught:
        parse(name, content)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert f"“{name}”" in sentence
    return sentence


def test_an_empty_file_is_refused(parse: Parse) -> None:
    assert refusal(parse, "a.txt", "") == "“a.txt” is empty: check that it was saved, and add it again."


def test_a_file_that_is_gone_is_refused(parser: Parser, tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"“a\.txt” cannot be opened"):
        parser.parse(tmp_path / "gone", name="a.txt")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x" * 2**20)
    with (
        Parser(max_bytes=2**19) as strict,
        pytest.raises(ParseError, match=r"“a\.txt” is larger than 0\.5 MB: split it"),
    ):
        strict.parse(path, name="a.txt")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("a.doc", "save it as .docx and add that."),
        ("a.ODT", "save it as .docx and add that."),
        ("a.rtf", "save it as .docx and add that."),
        ("a.xls", "save it as .xlsx and add that."),
        ("a.key", "save it as .pptx and add that."),
        ("a.msg", "save it as .eml and add that."),
        ("a.epub", "save it as PDF and add that."),
        ("a.png", "save it as a PDF with recognised text and add that."),
        ("a.zip", "unpack it and add what is in it."),
        ("a.xyz", f"add {describe_formats()}."),
        ("noname", f"add {describe_formats()}."),
    ],
)
def test_a_format_that_is_not_read_is_refused_with_what_to_do(parse: Parse, name: str, advice: str) -> None:
    assert refusal(parse, name, "x").endswith(advice)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.docx", b"%PDF-1.4\n", "“a.docx” is a PDF by its content: rename it to “a.pdf” and add it again."),
        (
            "a.txt",
            archive(("word/document.xml", "x")),
            "“a.txt” is a Word document by its content: rename it to “a.docx” and",
        ),
        (
            "a.docx",
            archive(("xl/workbook.xml", "x")),
            "“a.docx” is an Excel workbook by its content: rename it to “a.xlsx”",
        ),
        (
            "a.pdf",
            b"\n<!DOCTYPE html><p>x",
            "“a.pdf” is an HTML page by its content: rename it to “a.html” and add it again.",
        ),
        ("a.pdf", b"only text", "“a.pdf” is not a PDF: save it again in the program that made it and add that."),
        (
            "a.docx",
            OLE + "WordDocument".encode("utf-16-le"),
            "“a.docx” is an old Word document by its content: save it as",
        ),
        ("a.md", b"{\\rtf1 x}", "“a.md” is an RTF document by its content: save it as .docx and add that."),
        (
            "a.txt",
            b"\x89PNG\r\n\x1a\n",
            "“a.txt” is a picture by its content: save it as a PDF with recognised text and",
        ),
        (
            "a.docx",
            archive(("mimetype", "application/epub+zip")),
            "“a.docx” is an EPUB book by its content: save it as PDF",
        ),
        (
            "a.csv",
            archive(("b.csv", "x")),
            "“a.csv” is a packed archive by its content: unpack it and add what is in it.",
        ),
    ],
)
def test_a_file_that_is_clearly_another_format_is_refused(
    parse: Parse, name: str, content: bytes, sentence: str
) -> None:
    assert refusal(parse, name, content).startswith(sentence)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.html", "a.eml"])
def test_text_of_one_kind_under_the_name_of_another_is_read(parse: Parse, name: str) -> None:
    assert "right" in parse(name, "<p>Employees have a right, 25 days</p>").document.text


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.html", "a.eml"])
def test_junk_under_the_name_of_a_text_is_refused(parse: Parse, name: str) -> None:
    assert refusal(parse, name, JUNK).endswith(
        "does not hold text that can be read: save it as UTF-8 text and add that."
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"%PDF-1.7\n1 0 obj\n<<"),
        ("a.docx", archive(("word/document.xml", "<not xml"))),
        ("a.pptx", archive(("ppt/presentation.xml", "<x/>"))),
        ("a.xlsx", archive(("xl/workbook.xml", "<x/>"))),
    ],
)
def test_a_damaged_file_is_refused(parse: Parse, name: str, content: bytes) -> None:
    assert "is damaged and cannot be read" in refusal(parse, name, content)


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx"])
def test_a_protected_office_file_is_said_to_be_one(parse: Parse, name: str) -> None:
    protected = OLE + bytes(512) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    assert refusal(parse, name, protected).endswith("is protected by a password: save a copy without one and add that.")


@pytest.mark.parametrize(
    "bomb",
    [
        archive(("word/document.xml", bytes(100 * 2**20))),
        archive(*((f"word/{number}", "") for number in range(20_001))),
    ],
)
def test_an_archive_that_unpacks_to_far_more_than_it_is_is_refused(parse: Parse, bomb: bytes) -> None:
    assert "unpacks to far more than its size" in refusal(parse, "a.docx", bomb)


def test_entities_that_expand_without_end_are_refused(parse: Parse) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    types = f'<?xml version="1.0"?><!DOCTYPE t [{entities}]><Types>&e9;</Types>'
    refusal(parse, "a.docx", archive(("[Content_Types].xml", types), ("word/document.xml", "<x/>")))


def test_a_page_that_is_nested_without_end_is_refused(parse: Parse) -> None:
    assert "nested too deeply" in refusal(parse, "a.html", "<div>" * 5000 + "text")


@pytest.mark.parametrize("content", ["> " * 5000 + "text", "- " * 3000 + "text", "[" * 20_000, "*a _b " * 5000])
def test_markdown_that_is_nested_without_end_is_read(parse: Parse, content: str) -> None:
    assert parse("a.md", content).document.text == content


def test_a_cell_of_many_megabytes_is_refused(parse: Parse) -> None:
    assert "check its quotation marks" in refusal(parse, "a.csv", 'a,b\n1,"' + "x" * 10_000_000)


def test_a_file_that_takes_too_long_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    slow, quick = tmp_path / "slow", tmp_path / "quick"
    slow.write_text("<p>text</p>\n" * 200_000)
    quick.write_text("Good morning to you.")
    sentence = r"“a\.html” took longer than 1 s to read: split it and add the parts\."
    with Parser(timeout_s=1) as impatient:
        with pytest.raises(ParseError, match=sentence):
            impatient.parse(slow, name="a.html")
        assert impatient.parse(quick, name="b.csv").text.endswith("Good morning to you.")


def test_a_file_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"word " * 20_000_000)
    with Parser(memory_mb=400) as narrow, pytest.raises(ParseError, match=r"needs more memory than it is allowed"):
        narrow.parse(path, name="a.txt")


def test_a_file_whose_text_is_missing_is_read_with_a_note(parse: Parse) -> None:
    assert parse("a.txt", " \n\t\n").document.notes == ("no text found in it",)


def test_threads_may_share_a_parser(parser: Parser, tmp_path: Path) -> None:
    found: dict[int, str] = {}

    def read(number: int) -> None:
        path = tmp_path / str(number)
        path.write_text(f"Text number {number}.")
        found[number] = parser.parse(path, name=f"{number}.txt").text

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"Text number {number}." for number in range(8)}


def test_a_closed_parser_starts_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("Text.")
    closed = Parser()
    closed.start()
    closed.close()
    assert closed.parse(path, name="a.csv").text == "a\n\nText."
    closed.close()


def test_every_suffix_is_in_lower_case_and_names_are_taken_in_any_case(parse: Parse) -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in SUFFIXES)
    assert parse("READ ME.TXT", "Text.").document.text == "Text."
