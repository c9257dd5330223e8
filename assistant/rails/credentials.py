"""Keys and tokens in an answer: the desk's own, in any disguise, and others that are known by their form."""

import tomllib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.rails.squeezing import Squeezed, disguises
from assistant.rails.verdict import Finding

if TYPE_CHECKING:
    import regex

SHORTEST = 8
"""Letters and digits below which one of the desk's own keys is not looked for: a word would be mistaken for it."""
_SHORTEST_WORD = 16
"""The same without a digit: “postgres” is a password in many a settings file, and a word in many a manual."""

_OWN = "The answer held one of the desk’s own keys, so it is not shown: ask about the documents instead."
_FORMAT = "The answer held what looks like a key or password ({}), so it is not shown: ask whoever keeps the document."


class Credentials:
    """Finds them. `secrets` are the desk's own."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        own = {disguise for secret in secrets if _can_be_told(secret) for disguise in disguises(secret)}
        self._own = sorted(disguise for disguise in own if len(disguise) >= SHORTEST)
        self._longest = max(map(len, self._own), default=0)

    def judge(self, text: str) -> Finding:
        """Block a text that holds one; hold the end back where one may begin."""
        squeezed = Squeezed(text)
        if any(own in squeezed.text for own in self._own):
            return Finding(action="block", reason=_OWN)
        held = self._begun(squeezed)
        for name, pattern in _formats():
            for found in pattern.finditer(text, partial=True):
                if found.partial:
                    held = max(held, len(text) - found.start())
                elif found.group() not in _examples():
                    return Finding(action="block", reason=_FORMAT.format(name))
        return Finding(held=held)

    def _begun(self, squeezed: Squeezed) -> int:
        """How much of the end may be the beginning of a key of the desk's own, in characters of the original."""
        end = squeezed.text[-self._longest :] if self._longest else ""
        for length in range(len(end), 0, -1):
            if any(own.startswith(end[-length:]) for own in self._own):
                return len(squeezed.original) - squeezed.place(len(squeezed.text) - length)
        return 0


def _can_be_told(secret: str) -> bool:
    """Whether it is long and odd enough not to be a word."""
    letters = Squeezed(secret).text
    return len(letters) >= (SHORTEST if any(map(str.isdigit, letters)) else _SHORTEST_WORD)


@cache
def _file() -> dict[str, dict[str, object]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def _formats() -> "list[tuple[str, regex.Pattern[str]]]":
    import regex

    return [(name, regex.compile(str(form))) for name, form in _file()["formats"].items()]


@cache
def _examples() -> frozenset[str]:
    examples = _file()["known"]["examples"]
    assert isinstance(examples, list)
    return frozenset(map(str, examples))
