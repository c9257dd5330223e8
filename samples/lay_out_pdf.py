"""Sample documents as PDF."""

import io
import random
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    ListFlowable,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)
from reportlab.platypus import Image as Picture
from source_blocks import AUTHOR, GREY, SAND, SOURCES, TEAL, Block, read_blocks

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10.8, leading=15.8, spaceAfter=7)
ITEM = ParagraphStyle("item", parent=BODY, spaceAfter=3)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=9.6, leading=12.6, spaceAfter=0)
HEAD_CELL = ParagraphStyle("head cell", parent=CELL, fontName="Helvetica-Bold", textColor=HexColor("#FFFFFF"))
SUBTITLE = ParagraphStyle("subtitle", parent=BODY, fontSize=12, textColor=HexColor(f"#{GREY}"), spaceAfter=16)
HEADINGS = {
    level: ParagraphStyle(
        f"heading {level}",
        fontName="Helvetica-Bold",
        fontSize=size,
        leading=size * 1.25,
        spaceBefore=before,
        spaceAfter=4,
        textColor=HexColor(f"#{TEAL}"),
        keepWithNext=1,
    )
    for level, size, before in [(1, 27, 0), (2, 16, 15), (3, 11.8, 8)]
}

LONG_TABLE_ROWS = 8
"""A longer table may run over to the next page."""


class Booklet(BaseDocTemplate):  # type: ignore[misc]
    """A PDF with a running head, page numbers, an outline, and pages that are only a picture."""

    def __init__(self, path: Path, *, title: str, running_title: str) -> None:
        super().__init__(str(path), pagesize=A4, title=title, author=AUTHOR, lang="en-GB", invariant=1)
        self._running_title = running_title
        text = Frame(25 * mm, 22 * mm, A4[0] - 50 * mm, A4[1] - 48 * mm, 0, 0, 0, 0)
        whole = Frame(0, 0, A4[0] + 1, A4[1] + 1, 0, 0, 0, 0)
        self.addPageTemplates([PageTemplate("text", [text], onPage=self._furnish), PageTemplate("scan", [whole])])

    def _furnish(self, canvas: Any, _: BaseDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont("Helvetica", 8.5)
        canvas.setFillColor(HexColor(f"#{GREY}"))
        canvas.setStrokeColor(HexColor(f"#{GREY}"))
        canvas.setLineWidth(0.4)
        canvas.line(25 * mm, A4[1] - 20 * mm, A4[0] - 25 * mm, A4[1] - 20 * mm)
        canvas.drawString(25 * mm, A4[1] - 18 * mm, AUTHOR)
        canvas.drawRightString(A4[0] - 25 * mm, A4[1] - 18 * mm, self._running_title)
        canvas.drawCentredString(A4[0] / 2, 13 * mm, f"Page {canvas.getPageNumber()}")
        canvas.restoreState()

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - reportlab calls it by this name
        """Put each heading into the outline."""
        level = getattr(flowable, "outline_level", None)
        if level is not None:
            key = f"{self.page}-{flowable.getPlainText()}"
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(flowable.getPlainText(), key, level)


def make_pdf(name: str, folder: Path, *, running_title: str) -> None:
    """Lay out a source as a PDF."""
    blocks = read_blocks(name)
    booklet = Booklet(folder / f"{name}.pdf", title=blocks[0].text, running_title=running_title)
    booklet.build([flowable for number, block in enumerate(blocks) for flowable in _pdf_flowables(block, number)])


def _pdf_flowables(block: Block, number: int) -> list[Any]:
    match block.kind:
        case "heading":
            heading = Paragraph(block.text, HEADINGS[block.level])
            heading.outline_level = block.level - 1
            return [heading]
        case "bullets" | "steps":
            marks: dict[str, Any] = {"start": "•"} if block.kind == "bullets" else {"bulletFormat": "%s."}
            kind = "bullet" if block.kind == "bullets" else "1"
            items = [Paragraph(item, ITEM) for item in block.items]
            return [ListFlowable(items, bulletType=kind, bulletFontSize=10.8, leftIndent=17, **marks), Spacer(1, 4)]
        case "table":
            table = [_pdf_table(block), Spacer(1, 9)]
            return table if len(block.rows) > LONG_TABLE_ROWS else [KeepTogether(table)]
        case "scan":
            picture = Picture(io.BytesIO(scanned_page(block.text)), width=A4[0], height=A4[1])
            return [NextPageTemplate("scan"), PageBreak(), picture, NextPageTemplate("text"), PageBreak()]
        case _:
            return [Paragraph(block.text, SUBTITLE if number == 1 else BODY)]


def _pdf_table(block: Block) -> Table:
    def style(row: int) -> ParagraphStyle:
        return HEAD_CELL if row < block.header_rows else CELL

    cells = [[Paragraph(text, style(number)) for text in row] for number, row in enumerate(block.rows)]
    widths = [max(14, *(len(row[column]) for row in block.rows)) ** 0.8 for column in range(len(block.rows[0]))]
    room = A4[0] - 50 * mm
    table = Table(cells, [width / sum(widths) * room for width in widths], repeatRows=block.header_rows, spaceBefore=4)
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, block.header_rows - 1), HexColor(f"#{TEAL}")),
            ("ROWBACKGROUNDS", (0, block.header_rows), (-1, -1), [HexColor("#FFFFFF"), HexColor(f"#{SAND}")]),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor("#C9C4B8")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
    )
    return table


def scanned_page(source: str) -> bytes:
    """An A4 page at 110 dpi as an office scanner would give it: askew, grey, grainy; JPEG."""
    paper = Image.new("L", (909, 1286), 236)
    draw = ImageDraw.Draw(paper)
    top = 105
    for line in (SOURCES / source).read_text(encoding="utf-8").splitlines():
        shouted = line.isupper() or "STANDING ORDER" in line
        draw.text((125, top), line, font=ImageFont.load_default(33 if shouted else 29), fill=40)
        top += 41 if line else 24
    paper = paper.rotate(-1.4, resample=Image.Resampling.BICUBIC, fillcolor=236).filter(ImageFilter.GaussianBlur(0.6))
    holes = ImageDraw.Draw(paper)
    for height in (500, 785):
        holes.ellipse((38, height, 64, height + 26), fill=60)
    holes.rectangle((0, 0, 9, paper.height), fill=120)
    # Pillow's own noise takes no seed, and the page must come out the same every time.
    grain = Image.frombytes("L", paper.size, random.Random(1994).randbytes(paper.width * paper.height))
    paper = Image.blend(paper, grain.filter(ImageFilter.GaussianBlur(1)), 0.16)
    jpeg = io.BytesIO()
    paper.save(jpeg, "JPEG", quality=40, dpi=(110, 110))
    return jpeg.getvalue()
