"""PDF: text with its places by PDFium, structure by how the text is laid out."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ingest.elements import ParsedDocument
from ingest.parsing.convert import to_document
from ingest.parsing.errors import ParseError
from ingest.parsing.pdf.blocks import blocks_of, body_of
from ingest.parsing.pdf.elements import elements_of
from ingest.parsing.pdf.furniture import without_furniture
from ingest.parsing.pdf.layout import lines_in_order
from ingest.parsing.pdf.text import PageText, page_text

_MAX_PICTURE_PIXELS = 8_000_000


def parse_pdf(path: Path, *, name: str) -> ParsedDocument:
    """Read every page; notes say which pages have no text or are damaged.

    Raises:
        ParseError: it is protected by a password.
    """
    pdf = _opened(path, name)
    try:
        own_title = pdf.get_metadata_dict().get("Title")
        page_count = len(pdf)
        pages = list(_page_texts(pdf))
    finally:
        pdf.close()
    all_lines = [lines_in_order(page.runs) for page in pages]
    body = body_of(all_lines)
    lines = without_furniture(all_lines, [page.read_height for page in pages], body)
    blocks = [
        block
        for page, page_lines in zip(pages, lines, strict=True)
        for block in blocks_of(page_lines, page=page.number, body=body)
    ]
    return to_document(
        elements_of(blocks, {page.number: page for page in pages}, body),
        fallback_title=own_title,
        page_count=page_count,
        page_sizes={page.number: (page.width, page.height) for page in pages},
        notes=_notes(pages, page_count),
    )


def png_of_page(path: Path, number: int, *, width_px: int) -> bytes:
    """Draw page `number` (from 1) as a PNG, `width_px` wide or smaller where it would have too many pixels.

    Raises:
        ParseError: there is no such page.
    """
    import io

    pdf = _opened(path, path.name)
    try:
        if not 1 <= number <= len(pdf):
            raise ParseError(f"there is no page {number}: the document has {len(pdf)}.")
        page = pdf[number - 1]
        width, height = page.get_size()
        # Half a pixel less, since it is rounded up.
        scale = min((width_px - 0.5) / width, (_MAX_PICTURE_PIXELS / (width * height)) ** 0.5)
        file = io.BytesIO()
        page.render(scale=scale).to_pil().save(file, "PNG")
    finally:
        pdf.close()
    return file.getvalue()


def _opened(path: Path, name: str) -> Any:
    import pypdfium2
    import pypdfium2.raw

    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise ParseError(f"“{name}” is protected by a password: save a copy without one and add that.") from None
        raise


def _page_texts(pdf: Any) -> Iterator[PageText]:
    """The pages that can be read."""
    import pypdfium2

    for number in range(1, len(pdf) + 1):
        try:
            page = pdf[number - 1]
        except pypdfium2.PdfiumError:
            continue
        yield page_text(page, number)
        page.close()


def _notes(pages: Sequence[PageText], page_count: int) -> Iterator[str]:
    has_text = any(page.runs for page in pages)
    without_text = [page.number for page in pages if not page.runs and not (page.is_blank and has_text)]
    if len(without_text) == 1:
        yield f"no text found on page {without_text[0]}: it may be a scan"
    elif without_text:
        yield f"no text found on pages {_ranges(without_text)}: they may be scans"
    damaged = sorted(set(range(1, page_count + 1)) - {page.number for page in pages})
    if damaged:
        yield f"could not read page{'s' * (len(damaged) > 1)} {_ranges(damaged)}: the file is damaged there"


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers in ascending order for people: "3, 5-9"."""
    starts = [number for previous, number in pairwise([-1, *numbers]) if number != previous + 1]
    ends = [number for number, following in pairwise([*numbers, -1]) if following != number + 1]
    return ", ".join(str(start) if start == end else f"{start}-{end}" for start, end in zip(starts, ends, strict=True))
