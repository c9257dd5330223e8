"""Sample documents as Word, PowerPoint and Excel files."""

import io
import re
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
import openpyxl
import pptx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from openpyxl.styles import Alignment, Font, PatternFill
from pptx.util import Inches
from pptx.util import Pt as SlidePt
from source_blocks import AUTHOR, JOINED, PUBLISHED, SAND, TEAL, Block, merged_areas, read_blocks


def make_docx(name: str, folder: Path) -> None:
    """Lay out a source as a Word document with real styles."""
    document = docx.Document()
    blocks = read_blocks(name)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    document.styles["Normal"].font.size = Pt(11)
    section.footer.paragraphs[0].text = f"{AUTHOR} · {blocks[0].text}"
    for number, block in enumerate(blocks):
        _add_to_docx(document, block, is_subtitle=number == 1)
    _set_properties(document.core_properties, blocks[0].text)
    _save_archive(document.save, folder / f"{name}.docx")


def _add_to_docx(document: Any, block: Block, *, is_subtitle: bool) -> None:
    match block.kind:
        case "heading":
            heading = document.add_heading(block.text, block.level - 1)
            for run in heading.runs:
                run.font.color.rgb = RGBColor.from_string(TEAL)
        case "bullets" | "steps":
            for item in block.items:
                document.add_paragraph(item, "List Bullet" if block.kind == "bullets" else "List Number")
        case "table":
            _add_docx_table(document, block)
        case _:
            document.add_paragraph(block.text, "Subtitle" if is_subtitle else None)


def _add_docx_table(document: Any, block: Block) -> None:
    table = document.add_table(len(block.rows), len(block.rows[0]), "Table Grid")
    for row, cells in zip(block.rows, table.rows, strict=True):
        for text, cell in zip(row, cells.cells, strict=True):
            # A merge strings together the texts of its cells, so those that are joined on stay untouched.
            if text not in JOINED:
                cell.text = text
    for row in table.rows[: block.header_rows]:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for cell in row.cells:
            _make_header_cell(cell)
    for top, left, bottom, right in merged_areas(block.rows):
        table.cell(top, left).merge(table.cell(bottom, right))
    document.add_paragraph()


def _make_header_cell(cell: Any) -> None:
    for run in cell.paragraphs[0].runs:
        run.font.bold = True
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), SAND)
    cell._tc.get_or_add_tcPr().append(shade)


def make_pptx(name: str, folder: Path) -> None:
    """Lay out a source as slides, one to each heading."""
    deck = pptx.Presentation()
    blocks = read_blocks(name)
    slide: Any = None
    for number, block in enumerate(blocks):
        match block.kind:
            case "heading":
                slide = deck.slides.add_slide(_slide_layout(deck, blocks[number + 1].kind))
                slide.shapes.title.text = block.text
            case "bullets":
                frame = slide.placeholders[1].text_frame
                frame.text = "\n".join(block.items)
                for paragraph in frame.paragraphs:
                    paragraph.font.size = SlidePt(24)
            case "table":
                size = (Inches(0.5), Inches(1.7), Inches(9), Inches(0.5 * len(block.rows)))
                table = slide.shapes.add_table(len(block.rows), len(block.rows[0]), *size).table
                for top, row in enumerate(block.rows):
                    for left, text in enumerate(row):
                        table.cell(top, left).text = text
            case "note":
                slide.notes_slide.notes_text_frame.text = block.text
            case _:
                slide.placeholders[1].text = block.text
    _set_properties(deck.core_properties, blocks[0].text)
    _save_archive(deck.save, folder / f"{name}.pptx")


def _slide_layout(deck: Any, next_kind: str) -> Any:
    return deck.slide_layouts[{"paragraph": 0, "table": 5}.get(next_kind, 1)]


def make_xlsx(name: str, folder: Path) -> None:
    """Lay out a source as a workbook, one sheet to each heading."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for block in read_blocks(name):
        if block.kind == "heading":
            workbook.create_sheet(block.text)
        else:
            _fill_sheet(workbook.worksheets[-1], block.rows)
    workbook.properties.creator = AUTHOR
    workbook.properties.created = PUBLISHED
    _save_archive(workbook.save, folder / f"{name}.xlsx")


def _fill_sheet(sheet: Any, rows: list[list[str]]) -> None:
    for row in rows:
        sheet.append([_cell_value(text) for text in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color=TEAL)
    for column in sheet.columns:
        sheet.column_dimensions[column[0].column_letter].width = max(len(str(cell.value)) for cell in column) + 2
        for cell in column[1:]:
            cell.alignment = Alignment(vertical="top")
            if isinstance(cell.value, date):
                cell.number_format = "d mmmm yyyy"
    sheet.freeze_panes = "A2"


def _cell_value(text: str) -> str | int | date:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    return int(text) if text.isdecimal() else text


def _set_properties(properties: Any, title: str) -> None:
    properties.title, properties.author, properties.last_modified_by = title, AUTHOR, AUTHOR
    properties.created = properties.modified = PUBLISHED
    properties.comments = ""


def _save_archive(save: Any, path: Path) -> None:
    """Save with fixed dates inside the archive: the libraries write the present time."""
    fresh = io.BytesIO()
    save(fresh)
    modified = partial(re.sub, rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + PUBLISHED.isoformat().encode() + b"Z")
    with ZipFile(fresh) as source, ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            entry = ZipInfo(name, PUBLISHED.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            target.writestr(entry, modified(content) if name == "docProps/core.xml" else content)
