"""Word and PowerPoint."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ingest.elements import ParsedDocument
from ingest.parsing.convert import to_document
from ingest.parsing.partitioners import NO_LANGUAGE_DETECTION, prepare

_MAX_BOLD_HEADING_CHARS = 100
_NOTE_RELATIONSHIPS = ("/footnotes", "/endnotes")


def parse_docx(path: Path) -> ParsedDocument:
    """Read a Word document as it reads with all tracked changes accepted; footnotes come last.

    Pages are those that Word noted when it last saved the document, if it did.
    """
    prepare()
    import docx
    from unstructured.partition.docx import partition_docx

    document = docx.Document(str(path))
    _accept_changes(document.element.body)
    elements = partition_docx(file=_saved(document), **NO_LANGUAGE_DETECTION)
    if not any(element.category == "Title" for element in elements):
        elements = [_as_heading(element) if _is_bold_line(element) else element for element in elements]
    pages = [element.metadata.page_number for element in elements if element.metadata.page_number]
    elements += _footnotes(document)
    return to_document(elements, fallback_title=document.core_properties.title, page_count=max(pages, default=None))


def parse_pptx(path: Path) -> ParsedDocument:
    """Read a presentation slide by slide: title, text and tables, then the speaker's notes."""
    prepare()
    import pptx
    from unstructured.partition.pptx import partition_pptx

    presentation = pptx.Presentation(str(path))
    slides = list(presentation.slides)
    for shape in (shape for slide in slides for shape in slide.shapes if shape.has_table):
        _repeat_merged_cells(shape.table)
    elements = partition_pptx(file=_saved(presentation), include_page_breaks=False, **NO_LANGUAGE_DETECTION)
    by_slide: dict[int, list[Any]] = {}
    for element in elements:
        by_slide.setdefault(element.metadata.page_number, []).append(element)
    ordered: list[Any] = []
    for number, slide in enumerate(slides, start=1):
        ordered += _title_first(by_slide.get(number, []))
        ordered += _speaker_notes(slide, number)
    return to_document(ordered, fallback_title=presentation.core_properties.title, page_count=len(slides))


def _saved(package: Any) -> io.BytesIO:
    file = io.BytesIO()
    package.save(file)
    file.seek(0)
    return file


def _accept_changes(body: Any) -> None:
    """Remove deletions, and unwrap insertions and content controls, which python-docx does not look into."""
    from docx.oxml.ns import qn

    for removed in list(body.iter(qn("w:del"), qn("w:moveFrom"), qn("w:sdtPr"), qn("w:sdtEndPr"))):
        removed.getparent().remove(removed)
    for wrapper in list(body.iter(qn("w:ins"), qn("w:moveTo"), qn("w:smartTag"), qn("w:sdt"), qn("w:sdtContent"))):
        parent = wrapper.getparent()
        place = parent.index(wrapper)
        parent[place : place + 1] = list(wrapper)


def _footnotes(document: Any) -> Iterator[Any]:
    """Footnotes and endnotes, which neither unstructured nor python-docx reads."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn
    from unstructured.documents.elements import NarrativeText

    notes = (rel.target_part for rel in document.part.rels.values() if rel.reltype.endswith(_NOTE_RELATIONSHIPS))
    for part in notes:
        for note in parse_xml(part.blob).iterchildren(qn("w:footnote"), qn("w:endnote")):
            if note.get(qn("w:type")) in (None, "normal"):  # the others are the lines drawn above notes
                yield NarrativeText("".join(text.text or "" for text in note.iter(qn("w:t"))))


def _is_bold_line(element: Any) -> bool:
    """Whether it looks like a heading by an author who used no heading styles: short, and all in bold."""
    texts, tags = element.metadata.emphasized_text_contents or (), element.metadata.emphasized_text_tags or ()
    bold = "".join(text for text, tag in zip(texts, tags, strict=False) if tag == "b")
    return (
        element.category in ("UncategorizedText", "NarrativeText")
        and len(element.text) <= _MAX_BOLD_HEADING_CHARS
        and not element.text.rstrip().endswith((".", ",", ";"))
        and "".join(bold.split()) == "".join(element.text.split())
    )


def _as_heading(element: Any) -> Any:
    from unstructured.documents.elements import ElementMetadata, Title

    return Title(element.text, metadata=ElementMetadata(page_number=element.metadata.page_number, category_depth=0))


def _title_first(elements: Iterable[Any]) -> Iterator[Any]:
    """The slide's elements; only what stands in its title's place is a heading, not every short line."""
    from unstructured.documents.elements import NarrativeText

    guessed = [
        NarrativeText(element.text, metadata=element.metadata)
        if element.category == "Title" and element.metadata.category_depth
        else element
        for element in elements
    ]
    yield from sorted(guessed, key=lambda element: element.category != "Title")


def _speaker_notes(slide: Any, number: int) -> Iterator[Any]:
    from unstructured.documents.elements import ElementMetadata, NarrativeText

    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if frame is not None and frame.text.strip():
        yield NarrativeText(frame.text, metadata=ElementMetadata(page_number=number))


def _repeat_merged_cells(table: Any) -> None:
    """Give every row that a merged cell covers its text; unstructured gives it to the first alone."""
    for row_number, row in enumerate(table.rows):
        for column_number, cell in enumerate(row.cells):
            if cell.is_merge_origin:
                for below in range(row_number + 1, min(row_number + cell.span_height, len(table.rows))):
                    table.cell(below, column_number).text = cell.text
