"""What runs in the confined child: a file to a `ParsedDocument`, a PDF page to a picture."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.elements import ParsedDocument
from ingest.parsing.encoding import decode
from ingest.parsing.errors import ParseError, cannot_draw_sentence
from ingest.parsing.formats import Format, format_of, unsupported_sentence
from ingest.parsing.sniff import check_content


def parse(request: dict[str, Any]) -> dict[str, Any]:
    """Parse the file at `path` as the document called `name`; returns `ParsedDocument.to_json()`.

    Raises:
        ParseError: one sentence, whatever went wrong.
    """
    path, name = Path(request["path"]), request["name"]
    known = format_of(name)
    if known is None:
        raise ParseError(unsupported_sentence(name))
    try:
        check_content(path, name=name, expected=known)
        document = _parsed(path, name, known)
        if not document.text.strip() and not document.notes:
            document = replace(document, notes=("no text found in it",))
        return document.to_json()
    except (ParseError, MemoryError):
        raise
    except RecursionError:
        raise ParseError(f"“{name}” is nested too deeply to be read: save its text as .txt and add that.") from None
    except Exception as error:
        raise ParseError(
            f"“{name}” is damaged and cannot be read: open it in the program that made it, save it again and add that."
        ) from error


def render_page(request: dict[str, Any]) -> dict[str, Any]:
    """Draw page number `page` of the PDF at `path`, `width_px` wide; returns the PNG as base64 in `png`.

    Raises:
        ParseError: one sentence, whatever went wrong.
    """
    from ingest.parsing.pdf import png_of_page

    try:
        png = png_of_page(Path(request["path"]), request["page"], width_px=request["width_px"])
    except (ParseError, MemoryError):
        raise
    except Exception as error:
        raise ParseError(cannot_draw_sentence(request["page"])) from error
    return {"png": base64.b64encode(png).decode()}


def _parsed(path: Path, name: str, known: Format) -> ParsedDocument:
    """Parse by format; what each needs is imported when first needed, so that the first reply is soon there."""
    match known.key:
        case "pdf":
            from ingest.parsing.pdf import parse_pdf

            return parse_pdf(path, name=name)
        case "docx":
            from ingest.parsing.office import parse_docx

            return parse_docx(path)
        case "pptx":
            from ingest.parsing.office import parse_pptx

            return parse_pptx(path)
        case "xlsx":
            from ingest.parsing.workbook import parse_workbook

            return parse_workbook(path)
        case "csv" | "tsv":
            from ingest.parsing.sheets import parse_sheet

            return parse_sheet(path.read_bytes(), name=name, delimiter="\t" if known.key == "tsv" else None)
        case "markdown":
            from ingest.parsing.markdown import parse_markdown

            return parse_markdown(decode(path.read_bytes(), name=name))
        case "html":
            from ingest.parsing.markup import parse_html

            return parse_html(path.read_bytes(), name=name)
        case "text":
            from ingest.parsing.plain import parse_plain

            return parse_plain(decode(path.read_bytes(), name=name))
        case "eml":
            from ingest.parsing.mail import parse_mail

            return parse_mail(path.read_bytes(), name=name)
