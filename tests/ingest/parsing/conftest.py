"""Parsed documents in a form that is easy to compare."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.elements import Element, ParsedDocument
from ingest.parsing import Parser


@dataclass(frozen=True)
class Shown:
    """A document, and views of it. Whatever it is made of was checked to be sound."""

    document: ParsedDocument

    def __post_init__(self) -> None:
        position = 0
        for element in self.document.elements:
            assert position <= element.start < element.end <= len(self.document.text)
            assert self.text_of(element).strip()
            position = element.end
        for page in self.document.pages:
            for box in page.boxes:
                assert 0 <= box.start < box.end <= len(self.document.text)
                assert -1 <= box.left < box.right <= page.width + 1
                assert -1 <= box.top < box.bottom <= page.height + 1
        assert ParsedDocument.from_json(self.document.to_json()) == self.document

    def text_of(self, element: Element) -> str:
        return self.document.text[element.start : element.end]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [(element.kind, self.text_of(element)) for element in self.document.elements]

    @property
    def headings(self) -> list[tuple[int, str]]:
        return [(e.depth, self.text_of(e)) for e in self.document.elements if e.kind == "heading"]

    @property
    def rows(self) -> list[tuple[str, str | None]]:
        """Text and header of each row of a table."""
        return [(self.text_of(e), e.header) for e in self.document.elements if e.kind == "table-row"]

    def texts(self, kind: str) -> list[str]:
        return [self.text_of(element) for element in self.document.elements if element.kind == kind]

    @property
    def uncovered(self) -> str:
        """What belongs to no element."""
        characters = list(self.document.text)
        for element in self.document.elements:
            characters[element.start : element.end] = " " * (element.end - element.start)
        return "".join(characters).strip()


@pytest.fixture
def show(parser: Parser) -> Callable[..., Shown]:
    """Parse the file at a path as the document of that name."""
    return lambda path, name=None: Shown(parser.parse(path, name=name or path.name))


@pytest.fixture
def parse(show: Callable[..., Shown], tmp_path: Path) -> Callable[[str, bytes | str], Shown]:
    """Parse bytes, or text as UTF-8, as the document of that name."""

    def parse_content(name: str, content: bytes | str) -> Shown:
        path = tmp_path / "0a1b2c"  # the file store keeps no suffixes
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return show(path, name)

    return parse_content
