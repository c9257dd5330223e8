import io
from collections.abc import Callable
from typing import Any

import docx
import pptx
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.util import Inches

Parse = Callable[[str, bytes | str], Any]


def saved(package: Any) -> bytes:
    file = io.BytesIO()
    package.save(file)
    return file.getvalue()


def test_word_headings_have_the_depth_of_their_style(parse: Parse) -> None:
    made = docx.Document()
    for level, text in enumerate(["Manual", "Leave", "Sick leave", "Proof"]):
        made.add_heading(text, level)
    made.add_paragraph("After three days.")
    shown = parse("a.docx", saved(made))
    assert shown.headings == [(1, "Manual"), (1, "Leave"), (2, "Sick leave"), (3, "Proof")]
    assert shown.document.title == "Manual"
    assert shown.document.text == "Manual\n\nLeave\n\nSick leave\n\nProof\n\nAfter three days."


def test_word_lists_are_list_items_with_their_numbers(parse: Parse) -> None:
    made = docx.Document()
    made.add_paragraph("a passport", style="List Bullet")
    made.add_paragraph("first", style="List Number")
    assert parse("a.docx", saved(made)).texts("list-item") == ["a passport", "1. first"]


def test_word_table_rows_carry_the_header_and_merged_cells_are_repeated_downwards(parse: Parse) -> None:
    made = docx.Document()
    rows = [("Grade", "Year", "Days"), ("A", "2024", "25"), ("", "2025", "26"), ("All", "", "1")]
    table = made.add_table(rows=len(rows), cols=3)
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 1))
    header = "Grade | Year | Days"
    assert parse("a.docx", saved(made)).rows == [
        (header, None),
        ("A | 2024 | 25", header),
        ("A | 2025 | 26", header),
        ("All | 1", header),
    ]


def test_a_frame_of_one_cell_is_prose(parse: Parse) -> None:
    made = docx.Document()
    made.add_table(rows=1, cols=1).cell(0, 0).text = "Ask your manager first."
    assert parse("a.docx", saved(made)).kinds == [("paragraph", "Ask your manager first.")]


def test_bold_lines_are_headings_where_no_heading_style_is_used(parse: Parse) -> None:
    made = docx.Document()
    made.add_paragraph().add_run("Sick leave").bold = True
    made.add_paragraph("Stay at home.").add_run(" Now.").bold = True
    plain = parse("a.docx", saved(made))
    assert plain.headings == [(1, "Sick leave")]
    made.add_heading("Styled", 1)
    assert parse("a.docx", saved(made)).headings == [(1, "Styled")]


def test_tracked_changes_are_accepted_and_content_controls_read(parse: Parse) -> None:
    made = docx.Document()
    made.add_paragraph("Leave is ")._p.extend(
        [
            parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>20</w:delText></w:r></w:del>"),
            parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t>25 days.</w:t></w:r></w:ins>"),
        ]
    )
    control = f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>Controlled.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    made.element.body.insert(1, parse_xml(control))
    assert parse("a.docx", saved(made)).document.text == "Leave is 25 days.\n\nControlled."


def test_footnotes_come_last(parse: Parse) -> None:
    made = docx.Document()
    made.add_paragraph("Leave is 25 days.")
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    notes = (
        f"<w:footnotes {nsdecls('w')}><w:footnote w:type='separator' w:id='0'><w:p><w:r><w:t>line</w:t></w:r></w:p>"
        "</w:footnote><w:footnote w:id='2'><w:p><w:r><w:t>Not in the </w:t></w:r><w:r><w:t>first year.</w:t></w:r>"
        "</w:p></w:footnote></w:footnotes>"
    )
    part = Part(PackURI("/word/footnotes.xml"), kind, notes.encode(), made.part.package)
    made.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes")
    assert parse("a.docx", saved(made)).document.text == "Leave is 25 days.\n\nNot in the first year."


def test_headers_and_footers_of_a_word_document_do_not_come_in(parse: Parse) -> None:
    made = docx.Document()
    made.add_paragraph("Text")
    made.sections[0].header.paragraphs[0].text = "Confidential"
    made.sections[0].footer.paragraphs[0].text = "Page 1"
    assert parse("a.docx", saved(made)).document.text == "Text"


def slide(presentation: Any, title: str, *texts: str) -> Any:
    made = presentation.slides.add_slide(presentation.slide_layouts[1])
    made.shapes.title.text = title
    made.placeholders[1].text = "\n".join(texts)
    return made


def test_slides_are_pages_whose_titles_are_the_only_headings(parse: Parse) -> None:
    made = pptx.Presentation()
    slide(made, "Leave", "Days", "Take twenty five days of it.")
    slide(made, "Sick leave", "Stay at home.")
    shown = parse("a.pptx", saved(made))
    assert shown.headings == [(1, "Leave"), (1, "Sick leave")]
    assert [element.page for element in shown.document.elements] == [1, 1, 1, 2, 2]
    assert (shown.document.page_count, shown.document.title) == (2, "Leave")


def test_speakers_notes_follow_their_slide(parse: Parse) -> None:
    made = pptx.Presentation()
    slide(made, "Leave", "Days").notes_slide.notes_text_frame.text = "Say that it is new."
    slide(made, "Pay", "Money")
    assert parse("a.pptx", saved(made)).document.text == "Leave\n\nDays\n\nSay that it is new.\n\nPay\n\nMoney"


def test_merged_cells_on_a_slide_are_repeated_downwards(parse: Parse) -> None:
    made = pptx.Presentation()
    shapes = made.slides.add_slide(made.slide_layouts[6]).shapes
    table = shapes.add_table(3, 3, 0, 0, Inches(4), Inches(2)).table
    for row, texts in enumerate([("Grade", "Year", "Days"), ("A", "2024", "25"), ("", "2025", "26")]):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    assert [row for row, _ in parse("a.pptx", saved(made)).rows] == [
        "Grade | Year | Days",
        "A | 2024 | 25",
        "A | 2025 | 26",
    ]
