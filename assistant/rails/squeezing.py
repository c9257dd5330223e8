"""Text without what people put between letters to hide them: only letters and digits, each knowing its place."""

import base64
import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Squeezed:
    """The letters and digits of a text, small, with the place of each in it."""

    original: str

    @cached_property
    def _kept(self) -> list[tuple[int, str]]:
        kept = ((at, letter) for at, letter in enumerate(self.original) if letter.isalnum())
        return [(at, small) for at, letter in kept for small in letter.casefold()]

    @cached_property
    def text(self) -> str:
        """What is left."""
        return "".join(letter for _, letter in self._kept)

    def place(self, at: int) -> int:
        """Where in the original the letter at `at` stands; its end for one past the last."""
        return self._kept[at][0] if at < len(self._kept) else len(self.original)


def disguises(text: str) -> Iterator[str]:
    """A text, squeezed, and as it looks reversed, as ROT13, in hexadecimal and in each alignment of Base64."""
    raw = text.encode()
    yield from (Squeezed(each).text for each in (text, text[::-1], codecs.encode(text, "rot13"), raw.hex()))
    for padding in range(3):
        # The first and last characters depend on what stands beside the text.
        encoded = base64.b64encode(b" " * padding + raw).rstrip(b"=").decode()
        yield Squeezed(encoded[4 if padding else 0 : -1]).text
