import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageChops
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingest.parsing import ParseError, Parser

Parse = Callable[[str, bytes | str], Any]
Draw = Callable[[Canvas], None]

WIDTH, HEIGHT = A4
LINE = "This line of running text is about as wide as the column that it stands in, or so."


def pdf(*pages: Draw, **options: Any) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, **options)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def write(canvas: Canvas, x: float, top: float, text: str, *, size: float = 11, bold: bool = False) -> None:
    """Write a line whose baseline is `top` points below the page's top."""
    canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
    canvas.drawString(x, HEIGHT - top, text)


def write_lines(canvas: Canvas, x: float, top: float, *lines: str, size: float = 11) -> None:
    for number, line in enumerate(lines):
        write(canvas, x, top + number * 1.2 * size, line, size=size)


def test_lines_become_paragraphs(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, 72, 100, LINE, LINE, "The end of it.")
        write_lines(canvas, 72, 160, LINE, "The second one.")

    shown = parse("a.pdf", pdf(draw))
    assert shown.kinds == [("paragraph", f"{LINE} {LINE} The end of it."), ("paragraph", f"{LINE} The second one.")]
    assert shown.document.text == "\n\n".join(text for _, text in shown.kinds)
    assert (shown.document.page_count, shown.document.elements[0].page) == (1, 1)


def test_headings_are_ranked_by_size_and_bold_lines_come_last(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 72, 80, "Manual", size=24)
        write(canvas, 72, 120, "Leave", size=16)
        write_lines(canvas, 72, 150, LINE, LINE, LINE, LINE)
        write(canvas, 72, 220, "Sick leave", bold=True)
        write_lines(canvas, 72, 240, LINE, LINE, LINE, LINE)
        write(canvas, 72, 310, "Pay", size=16)

    shown = parse("a.pdf", pdf(draw))
    assert shown.headings == [(1, "Manual"), (2, "Leave"), (3, "Sick leave"), (2, "Pay")]
    assert shown.document.title == "Manual"


def test_a_word_divided_at_a_line_s_end_is_whole_in_the_text(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(
            canvas,
            72,
            100,
            "Everybody has a right to paren-",
            "tal leave, a well-known right and a well-",
            "known one.",
        )

    shown = parse("a.pdf", pdf(draw))
    text = "Everybody has a right to parental leave, a well-known right and a well-known one."
    assert shown.document.text == text
    boxes = shown.document.pages[0].boxes
    assert [text[box.start : box.end] for box in boxes] == [
        "Everybody has a right to paren",
        "tal leave, a well-known right and a well-",
        "known one.",
    ]
    assert boxes[0].right == pytest.approx(
        72 + Canvas("x").stringWidth("Everybody has a right to paren-", "Helvetica", 11), abs=1
    )


def test_bulleted_and_numbered_lines_are_list_items(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, 72, 100, LINE, "Bring:")
        write(canvas, 80, 126.4, "•")
        write_lines(canvas, 100, 126.4, "a passport, or if you have none of these", "a licence")
        write_lines(canvas, 80, 152.8, "• a form", "1. first", "2. second")

    assert parse("a.pdf", pdf(draw)).texts("list-item") == [
        "a passport, or if you have none of these a licence",
        "a form",
        "1. first",
        "2. second",
    ]


def test_running_headers_and_page_numbers_are_dropped(parse: Parse) -> None:
    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, 72, 40, f"Handbook, page {number} of 4")
            write_lines(canvas, 72, 130, f"Text {number} stands here. {LINE}", LINE)
            write(canvas, 290, 800, str(number))

        return draw

    shown = parse("a.pdf", pdf(*map(page, range(1, 5))))
    assert "Handbook" not in shown.document.text
    assert shown.texts("paragraph") == [f"Text {number} stands here. {LINE} {LINE}" for number in range(1, 5)]


def test_numbered_lines_at_the_top_of_pages_are_no_page_numbers(parse: Parse) -> None:
    def chapter(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, 72, 60, f"Chapter {number // 4 + 1}" if number % 4 == 0 else "More of it")
            write_lines(canvas, 72, 130, LINE, LINE)

        return draw

    text = parse("a.pdf", pdf(*map(chapter, range(16)))).document.text
    assert [f"Chapter {number}" in text for number in range(1, 5)] == [True] * 4
    assert "More of it" not in text


def test_titles_of_slides_are_no_running_headers(parse: Parse) -> None:
    def slide(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, 72, 60, "Contribution" if number < 3 else f"Title {'x' * number}", size=24)
            write_lines(canvas, 72, 130, f"Text {number} stands here. {LINE}", LINE)

        return draw

    titles = [text for _, text in parse("a.pdf", pdf(*map(slide, range(8)))).headings]
    assert titles[:3] == ["Contribution"] * 3


def test_what_repeats_on_two_pages_only_is_kept(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 72, 40, "Handbook")
        write_lines(canvas, 72, 100, LINE)

    assert parse("a.pdf", pdf(draw, draw)).document.text.count("Handbook") == 2


@pytest.mark.parametrize("drop", [0, 5])
def test_two_columns_are_read_one_after_the_other(parse: Parse, drop: float) -> None:
    left = [f"left column, line {number} of it" for number in range(12)]
    right = [f"right column, line {number} of it" for number in range(12)]

    def draw(canvas: Canvas) -> None:
        write(canvas, 72, 80, "A heading that reaches across both of the columns", size=18)
        for number in range(12):  # drawn line by line across the page, as some programs do
            write(canvas, 72, 120 + 13.2 * number, left[number])
            write(canvas, 310, 120 + drop + 13.2 * number, right[number])
        write(canvas, 72, 320, LINE)

    assert parse("a.pdf", pdf(draw)).texts("paragraph") == [" ".join(left + right), LINE]


def test_table_rows_have_cells_and_a_header_and_a_wrapped_cell_stays_in_its_row(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, 72, 100, LINE, LINE)
        for row, texts in enumerate([("Grade", "Duty", "Days"), ("A", "writes what is", "25"), ("B", "reads", "28")]):
            for column, text in enumerate(texts):
                write(canvas, 72 + 150 * column, 150 + 30 * row, text)
        write(canvas, 222, 193, "to be written")

    shown = parse("a.pdf", pdf(draw))
    header = "Grade | Duty | Days"
    assert shown.rows == [(header, None), ("A | writes what is to be written | 25", header), ("B | reads | 28", header)]
    assert "\n".join(row for row, _ in shown.rows) in shown.document.text
    row = shown.document.elements[2]
    box = next(box for box in shown.document.pages[0].boxes if box.start == row.start)
    assert box.end == row.end
    assert box.top < 172
    assert box.bottom > 193


def test_pages_without_text_are_noted_in_one_sentence(parse: Parse) -> None:
    def scan(canvas: Canvas) -> None:
        canvas.rect(100, 100, 200, 200, fill=1)

    def text(canvas: Canvas) -> None:
        write(canvas, 72, 100, LINE)

    def blank(canvas: Canvas) -> None:
        pass

    assert parse("a.pdf", pdf(text, blank, scan)).document.notes == ("no text found on page 3: it may be a scan",)
    assert parse("a.pdf", pdf(text, scan, text, scan, scan, scan)).document.notes == (
        "no text found on pages 2, 4-6: they may be scans",
    )
    all_scanned = parse("a.pdf", pdf(scan, scan)).document
    assert (all_scanned.text, all_scanned.elements) == ("", ())
    assert all_scanned.notes == ("no text found on pages 1-2: they may be scans",)


def test_text_outside_the_page_and_text_that_is_drawn_twice_do_not_come_in(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 72, 100, LINE)
        write(canvas, 72.4, 100, LINE)
        write(canvas, WIDTH + 20, 100, "cropped away")

    assert parse("a.pdf", pdf(draw)).document.text == LINE


def test_turned_text_in_the_margin_stands_apart(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, 72, 100, LINE, LINE)
        canvas.translate(30, 300)
        canvas.rotate(90)
        canvas.drawString(0, 0, "Draft of May")

    assert parse("a.pdf", pdf(draw)).texts("paragraph") == [f"{LINE} {LINE}", "Draft of May"]


def ink(picture: Image.Image) -> tuple[int, int, int, int]:
    """Smallest rectangle with everything that is not white."""
    found = ImageChops.invert(picture.convert("L")).point(lambda value: 255 if value > 40 else 0).getbbox()
    assert found is not None
    return found


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (60, 200, 500, 780)])
@pytest.mark.parametrize("follows", [False, True])
def test_boxes_are_where_the_picture_shows_the_text(
    parser: Parser, tmp_path: Path, turned: int, crop: tuple[int, int, int, int] | None, follows: bool
) -> None:
    """On pages that are turned and cropped, with text that is turned with the page or against it."""

    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 400)
        canvas.rotate(turned if follows else 0)
        canvas.drawString(-60, 30, "Employees have a right")
        canvas.setFont("Helvetica", 20)
        canvas.drawString(-60, -50, "to parental leave")

    drawn = pypdfium2.PdfDocument(pdf(draw))
    drawn[0].set_rotation(turned)
    drawn[0].set_mediabox(20, 100, 580, 820)
    if crop:
        drawn[0].set_cropbox(*crop)
    path = tmp_path / "a.pdf"
    drawn.save(path)

    document = parser.parse(path, name="a.pdf")
    page = document.pages[0]
    picture = Image.open(io.BytesIO(parser.render_page(path, 1, width_px=1200)))
    scale = picture.width / page.width
    assert picture.height == pytest.approx(page.height * scale, abs=2)
    assert [document.text[box.start : box.end] for box in page.boxes] == ["Employees have a right", "to parental leave"]
    for box in page.boxes:
        pixels = [round(edge * scale) for edge in (box.left - 1, box.top - 1, box.right + 1, box.bottom + 1)]
        left, top, right, bottom = ink(picture.crop(tuple(pixels)))
        width, height = pixels[2] - pixels[0], pixels[3] - pixels[1]
        assert left > 0 and top > 0 and right < width and bottom < height, "ink reaches out of the box"  # noqa: PT018
        assert max((right - left) / width, (bottom - top) / height) > 0.9, "the box is much wider than its text"


def test_a_picture_has_the_width_asked_for_unless_it_had_too_many_pixels(parser: Parser, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(lambda canvas: write(canvas, 72, 100, LINE)))
    assert Image.open(io.BytesIO(parser.render_page(path, 1, width_px=700))).width == 700
    huge = Image.open(io.BytesIO(parser.render_page(path, 1, width_px=100_000)))
    assert huge.width * huge.height <= 8_100_000


def test_a_page_that_is_not_there_cannot_be_drawn(parser: Parser, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(lambda canvas: write(canvas, 72, 100, LINE)))
    for number in (0, 2):
        with pytest.raises(ParseError, match=f"there is no page {number}"):
            parser.render_page(path, number)


def test_what_is_no_pdf_cannot_be_drawn(parser: Parser, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    with pytest.raises(ParseError, match=r"page 1 cannot be drawn: open the document itself to see it\."):
        parser.render_page(path, 1)


def test_a_protected_pdf_is_said_to_be_one(parse: Parse) -> None:
    protected = pdf(lambda canvas: write(canvas, 72, 100, LINE), encrypt="secret")
    with pytest.raises(
        ParseError, match=r"“x\.pdf” is protected by a password: save a copy without one and add that\."
    ):
        parse("x.pdf", protected)
