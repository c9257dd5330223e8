"""HTML: what a reader would see of a page, as elements."""

import re
from functools import cache
from typing import Any

from ingest.elements import ParsedDocument
from ingest.parsing.convert import to_document
from ingest.parsing.encoding import decode
from ingest.parsing.errors import ParseError
from ingest.parsing.partitioners import NO_LANGUAGE_DETECTION, prepare
from ingest.parsing.tables import TableRows, rows_of_table

_NOT_CONTENT = (
    "//script | //style | //template | //noscript | //iframe | //svg | //nav | //body/footer"
    " | //*[@role='navigation' or @role='search' or @role='contentinfo']"
)
_HIDDEN = (
    "//body//*[@hidden or @aria-hidden='true' or contains(translate(@style, ' ', ''), 'display:none')"
    " or contains(translate(@style, ' ', ''), 'visibility:hidden')][not(self::main)]"
)
# unstructured leaves these out with all that is in them, although it is part of the page.
_READ_AS = {"details": "div", "summary": "p", "figure": "div", "figcaption": "p", "form": "div", "fieldset": "div"}
_LAYOUT_TABLES = "//table[@role='presentation' or .//table or .//h1 or .//h2 or .//h3 or .//main or .//article]"
_TABLE_PARTS = ("thead", "tbody", "tfoot", "tr", "td", "th", "caption")
_SECOND_LINE_BREAKS = (
    "//br[preceding-sibling::*[1][self::br] and not(normalize-space(preceding-sibling::node()[1][self::text()]))]"
)
MARK = "data-page-number"
"""The one attribute that unstructured carries through to its elements, as their page number."""
_DECLARED_ENCODING = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE
)
_DECLARED_WITHIN_BYTES = 4096


def parse_html(data: bytes, *, name: str) -> ParsedDocument:
    """Read a page; in the encoding that it declares, if it is true."""
    declared = _DECLARED_ENCODING.search(data[:_DECLARED_WITHIN_BYTES])
    encoding = declared[1].decode("ascii") if declared else None
    elements, title = html_elements(decode(data, name=name, declared=encoding), name=name)
    return to_document(elements, title=title)


def html_elements(source: str, *, name: str) -> tuple[list[Any], str | None]:
    """Elements of the page, and its title.

    Scripts, styles, navigation and hidden text do not come in. Nothing is ever fetched.

    Raises:
        ParseError: the page is nested too deeply.
    """
    _prepare_html()
    from lxml import etree  # type: ignore[import-untyped]
    from unstructured.partition.html import partition_html

    root = _parse(source, name)
    if root is None:
        return [], None
    title = root.xpath("string(//title[1])")
    _keep_content(root)
    tables = _mark_tables(root)
    elements = partition_html(text=etree.tostring(root, encoding="unicode", method="html"), **NO_LANGUAGE_DETECTION)
    for element in elements:
        if element.category == "Table":
            element.metadata.table = tables[element.metadata.page_number]
        element.metadata.page_number = None
    return elements, title


@cache
def _prepare_html() -> None:
    prepare()
    from unstructured.documents.elements import Text
    from unstructured.partition.html import parser

    classify = parser.derive_element_type_from_text
    # unstructured drops text of a single character, which may be the number that somebody looks for.
    parser.derive_element_type_from_text = lambda text: classify(text) or Text


def _parse(source: str, name: str) -> Any:
    from lxml import etree

    if not source.strip():
        return None
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    root = etree.fromstring(source.encode("utf-8", "replace"), parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        # libxml2 stops there without raising, and the rest of the page would be missing.
        raise ParseError(f"“{name}” is nested too deeply to be read: save its text as a PDF or .txt and add that.")
    return root


def _keep_content(root: Any) -> None:
    """Remove what is not the page's content, and rename what unstructured would misread."""
    for element in root.xpath(f"{_NOT_CONTENT} | {_HIDDEN}"):
        _remove(element)
    for element in root.xpath("//*[not(normalize-space())][self::main]"):
        element.tag = "div"  # unstructured reads nothing beside <main>, which may wait for a script to fill it
    for element in list(root.iter(*_READ_AS)):
        element.tag = _READ_AS[element.tag]
    for line_break in root.xpath(_SECOND_LINE_BREAKS):
        line_break.tag = "hr"  # two line breaks end a paragraph; unstructured would read a space
    for image in list(root.iter("img")):
        _replace_by_description(image)
    for table in root.xpath(_LAYOUT_TABLES):
        _read_as_blocks(table)


def _remove(element: Any) -> None:
    """Remove `element` but not the text behind it."""
    parent, previous = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail and previous is not None:
        previous.tail = (previous.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _replace_by_description(image: Any) -> None:
    """A picture in the middle of a sentence must not end it, as it does for unstructured."""
    description = image.get("alt", "").strip()
    image.attrib.clear()
    image.tag = "span"
    image.text = f" {description} " if description else None


def _mark_tables(root: Any) -> dict[int, TableRows]:
    """Read the tables, with their merged cells, which unstructured forgets; each is marked by its number."""
    for element in root.xpath(f"//*[@{MARK}]"):
        del element.attrib[MARK]
    tables = {}
    for number, table in enumerate(list(root.iter("table"))):
        tables[number] = rows_of_table(table)
        table.set(MARK, str(number))
        if tables[number].is_frame:
            _read_as_blocks(table)
    return tables


def _read_as_blocks(table: Any) -> None:
    """Read a table that only lays out the page as blocks, one for each of its cells."""
    for part in list(table.iter(*_TABLE_PARTS)):
        if next(part.iterancestors("table")) is table:
            part.tag = "div"
    table.tag = "div"
