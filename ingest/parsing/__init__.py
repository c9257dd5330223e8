"""Untrusted files to `ParsedDocument`, in a child process with limits on time, memory and network."""

import base64
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.elements import ParsedDocument
from ingest.parsing.errors import ParseError, cannot_draw_sentence
from ingest.parsing.formats import SUFFIXES, describe_formats, format_of, unsupported_sentence
from models.confined import Confined, ConfinedError, LimitExceeded

__all__ = ["SUFFIXES", "ParseError", "Parser", "describe_formats"]

_CALLS_PER_CHILD = 1000  # the first call takes a second for its imports
_RENDER_TIMEOUT_S = 30.0
_RENDER_MEMORY_MB = 2048


class Parser:
    """Reads documents of every format in `SUFFIXES`. Thread-safe; one document at a time, others wait.

    Pages are drawn in a child of their own, so that a picture does not wait for a long document.
    """

    def __init__(self, *, timeout_s: float = 120, memory_mb: int = 4096, max_bytes: int = 200 * 2**20) -> None:
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._parsing = Confined("ingest.parsing.child:parse", memory_mb=memory_mb, calls=_CALLS_PER_CHILD)
        self._drawing = Confined("ingest.parsing.child:render_page", memory_mb=_RENDER_MEMORY_MB)

    def parse(self, path: Path, *, name: str) -> ParsedDocument:
        """Read the file at `path`; `name` is the document's, which tells its format and stands in sentences.

        Raises:
            ParseError: the file cannot be read.
        """
        name = " ".join(name.split())
        if format_of(name) is None:
            raise ParseError(unsupported_sentence(name))
        size = _size(path, name)
        if size == 0:
            raise ParseError(f"“{name}” is empty: check that it was saved, and add it again.")
        if size > self._max_bytes:
            raise ParseError(f"“{name}” is larger than {self._max_bytes / 2**20:g} MB: split it and add the parts.")
        request = {"path": str(path.resolve()), "name": name}
        try:
            return ParsedDocument.from_json(self._parsing.call(request, timeout_s=self._timeout_s))
        except ConfinedError as error:
            raise ParseError(str(error)) from None
        except LimitExceeded as error:
            raise ParseError(self._limit_sentence(name, error.limit)) from None

    def render_page(self, path: Path, page: int, *, width_px: int = 900) -> bytes:
        """A PNG of page number `page` (from 1) of a PDF, `width_px` wide unless that made too large a picture.

        Raises:
            ParseError: there is no such page, or it cannot be drawn.
        """
        request = {"path": str(path.resolve()), "page": page, "width_px": width_px}
        try:
            return base64.b64decode(self._drawing.call(request, timeout_s=_RENDER_TIMEOUT_S)["png"])
        except ConfinedError as error:
            raise ParseError(str(error)) from None
        except LimitExceeded:
            raise ParseError(cannot_draw_sentence(page)) from None

    def start(self) -> None:
        """Start the child now, so that the first document does not wait for it."""
        self._parsing.start()

    def close(self) -> None:
        """End the children; a later call starts new ones."""
        self._parsing.close()
        self._drawing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _limit_sentence(self, name: str, limit: str) -> str:
        match limit:
            case "time":
                return f"“{name}” took longer than {self._timeout_s:g} s to read: split it and add the parts."
            case "memory" | "output":
                return f"“{name}” needs more memory than it is allowed to be read: split it and add the parts."
            case _:
                return f"“{name}” made the reader crash: save it again in the program that made it and add that."


def _size(path: Path, name: str) -> int:
    try:
        return path.stat().st_size
    except OSError:
        raise ParseError(f"“{name}” cannot be opened: check that it is still there, and add it again.") from None
