"""Citations `[n]` in a model's text: checked while it streams."""

import re
from collections.abc import Collection, Iterator

_MARKER = re.compile(r"\[\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*\]")
_MARKED = re.compile(rf"\s*{_MARKER.pattern}")
_MAYBE_MARKER = re.compile(r"\s*\[[\s\d,;]*$|\s+$")
"""What may still become a marker, with the blank before it, which goes with a marker that is dropped."""


def without_citations(text: str) -> str:
    """A text without its markers and the blanks before them."""
    return _MARKED.sub("", text).strip()


class CitationFilter:
    """Passes text through, piece by piece; markers that point at no source are left out.

    `cited` grows with the numbers shown, in order of first use.
    """

    def __init__(self, numbers: Collection[int]) -> None:
        self._numbers = frozenset(numbers)
        self._held = ""
        self.cited: list[int] = []

    def feed(self, piece: str) -> str:
        """The text that can be shown now."""
        text = self._held + piece
        waiting = _MAYBE_MARKER.search(text)
        # A bracket that has run on for this long is no marker, and text is not kept from people for it.
        cut = waiting.start() if waiting and len(text) - waiting.start() <= 40 else len(text)
        self._held = text[cut:]
        return self._checked(text[:cut])

    def flush(self) -> str:
        """The rest, at the end of the answer."""
        text, self._held = self._held, ""
        return self._checked(text)

    def _checked(self, text: str) -> str:
        return "".join(self._pieces(text))

    def _pieces(self, text: str) -> Iterator[str]:
        end = 0
        for marker in _MARKER.finditer(text):
            numbers = dict.fromkeys(int(digits) for digits in re.findall(r"\d+", marker.group(1)))
            kept = [number for number in numbers if number in self._numbers]
            before = text[end : marker.start()]
            yield before if kept else before.rstrip(" ")
            yield "".join(f"[{number}]" for number in kept)
            self.cited += [number for number in kept if number not in self.cited]
            end = marker.end()
        yield text[end:]
