import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2
import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
DOCUMENTS = SAMPLES / "documents"
ROWS = [json.loads(line) for line in (SAMPLES / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
BY_ID = {row["id"]: row for row in ROWS}
SOURCES = [
    pytest.param(row, source, id=f"{row['id']}-{source['document']}") for row in ROWS for source in row["sources"]
]
NAME_AND_EXTENSION = r"([A-Z]\w+ [A-Z]\w+)(?:, [\w ]+)?,? \(?(?:on )?extension (\d{3})"
BUILT = sorted(path.name for path in DOCUMENTS.iterdir() if path.suffix in (".pdf", ".docx", ".pptx", ".xlsx"))


def tagged(tag: str) -> list[dict[str, Any]]:
    return [row for row in ROWS if tag in row.get("tags", [])]


def one_spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def pdf_pages(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range() for page in document]


def docx_text(path: Path) -> list[str]:
    document = docx.Document(str(path))
    rows = [" | ".join(cell.text for cell in row.cells) for table in document.tables for row in table.rows]
    return ["\n".join([*(paragraph.text for paragraph in document.paragraphs), *rows])]


def pptx_slides(path: Path) -> list[str]:
    return ["\n".join(_shape_text(shape) for shape in slide.shapes) for slide in pptx.Presentation(str(path)).slides]


def _shape_text(shape: Any) -> str:
    if shape.has_table:
        return "\n".join(" | ".join(cell.text for cell in row.cells) for row in shape.table.rows)
    return str(shape.text_frame.text)


def xlsx_text(path: Path) -> list[str]:
    sheets = openpyxl.load_workbook(path).worksheets
    return ["\n".join(" | ".join(map(str, row)) for sheet in sheets for row in sheet.iter_rows(values_only=True))]


def csv_text(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as lines:
        return ["\n".join(" | ".join(row) for row in csv.reader(lines))]


def html_text(path: Path) -> list[str]:
    html = path.read_text(encoding="utf-8").replace("</td><td>", " | ")
    return [unescape(re.sub(r"<[^>]+>", "", html))]


def plain_text(path: Path) -> list[str]:
    return [path.read_text(encoding="utf-8")]


READERS: dict[str, Callable[[Path], list[str]]] = {
    ".pdf": pdf_pages,
    ".docx": docx_text,
    ".pptx": pptx_slides,
    ".xlsx": xlsx_text,
    ".csv": csv_text,
    ".html": html_text,
}


def read_pages(path: Path) -> list[str]:
    return [one_spaced(page) for page in READERS.get(path.suffix, plain_text)(path)]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rebuilt")
    subprocess.run([sys.executable, str(SAMPLES / "make_documents.py"), "--out", str(folder)], check=True, timeout=120)
    return folder


@pytest.mark.parametrize(("row", "source"), SOURCES)
def test_the_quote_stands_on_its_page_and_holds_an_answer(row: dict[str, Any], source: dict[str, Any]) -> None:
    pages = read_pages(DOCUMENTS / source["document"])
    text = pages[source["page"] - 1] if "page" in source else " ".join(pages)
    assert one_spaced(source["quote"]) in text
    assert any(answer in source["quote"] for answer in row["answers"])


@pytest.mark.parametrize(("row", "source"), SOURCES)
def test_sources_in_paged_documents_name_their_page(row: dict[str, Any], source: dict[str, Any]) -> None:
    assert ("page" in source) == source["document"].endswith((".pdf", ".pptx"))


def test_there_are_as_many_rows_of_each_kind_as_the_readme_says() -> None:
    assert (len(ROWS), len(BY_ID)) == (40, 40)
    assert len(tagged("paraphrase")) == 5
    assert len(tagged("follow-up")) == 5
    assert len(tagged("unanswerable")) == 6


def test_every_document_is_asked_about() -> None:
    asked = {source["document"] for row in ROWS for source in row["sources"]}
    assert asked == {path.name for path in DOCUMENTS.iterdir()}


def test_exactly_the_unanswerable_rows_have_no_answers() -> None:
    for row in ROWS:
        unanswerable = row in tagged("unanswerable")
        assert (row["answerable"], bool(row["answers"]), bool(row["sources"])) == (not unanswerable,) * 3, row["id"]


def test_exactly_the_follow_ups_have_a_history_and_it_alternates() -> None:
    assert [row for row in ROWS if "history" in row] == tagged("follow-up")
    for row in tagged("follow-up"):
        roles = [message["role"] for message in row["history"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2), row["id"]


def test_a_paraphrase_asks_for_what_its_original_asks_in_other_words() -> None:
    for row in tagged("paraphrase"):
        (original,) = (BY_ID[tag.removeprefix("of:")] for tag in row["tags"] if tag.startswith("of:"))
        assert (row["answers"], row["sources"]) == (original["answers"], original["sources"])
        assert row["question"] != original["question"]


@pytest.mark.parametrize("name", BUILT)
def test_the_script_makes_the_committed_text_again(name: str, rebuilt: Path) -> None:
    assert read_pages(rebuilt / name) == read_pages(DOCUMENTS / name)


def test_the_script_makes_every_binary_document_and_no_other(rebuilt: Path) -> None:
    assert sorted(path.name for path in rebuilt.iterdir()) == BUILT


def test_the_scanned_page_has_a_picture_and_no_text() -> None:
    with pypdfium2.PdfDocument(DOCUMENTS / "incident-pack.pdf") as document:
        objects = list(document[1].get_objects())
    assert [page != "" for page in read_pages(DOCUMENTS / "incident-pack.pdf")] == [True, False, True]
    assert [type(thing) for thing in objects] == [pypdfium2.PdfImage]


def test_every_page_of_the_staff_handbook_carries_its_head_and_number() -> None:
    for number, page in enumerate(read_pages(DOCUMENTS / "staff-handbook.pdf"), 1):
        assert "Staff handbook, seventh edition" in page
        assert re.search(rf"\bPage {number}\b", page)


def test_the_table_of_expenses_has_cells_merged_both_ways() -> None:
    (table,) = docx.Document(str(DOCUMENTS / "travel-and-expenses.docx")).tables
    assert [cell.text for cell in table.rows[0].cells][2:] == ["Staff", "Staff", "Volunteers", "Volunteers"]
    assert [row.cells[0].text for row in table.rows][2:6] == ["Mileage"] * 4
    assert 'w:gridSpan w:val="2"' in table._tbl.xml
    assert 'w:vMerge w:val="restart"' in table._tbl.xml


def test_the_phone_list_agrees_with_the_other_documents() -> None:
    with (DOCUMENTS / "phone-list.csv").open(encoding="utf-8", newline="") as lines:
        staff = list(csv.DictReader(lines))
    texts = [page for path in DOCUMENTS.iterdir() for page in read_pages(path)]
    named = {(name, number) for text in texts for name, number in re.findall(NAME_AND_EXTENSION, text)}
    assert len(staff) == 41
    assert len(named) >= 5
    assert named <= {(f"{person['First name']} {person['Surname']}", person["Extension"]) for person in staff}


def test_the_readme_names_every_document() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in DOCUMENTS.iterdir() if path.name not in readme] == []


def test_the_documents_are_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in DOCUMENTS.iterdir()) < 1_500_000


def test_four_questions_wait_on_the_empty_chat_page() -> None:
    questions = (SAMPLES / "questions.txt").read_text(encoding="utf-8").splitlines()
    assert len(questions) == 4
    assert all(question.endswith("?") and len(question) <= 80 for question in questions)
