"""Personal data replaced by placeholders such as `<EMAIL_1>`, and put back.

A placeholder has another form than a citation, models copy it as it is, and nothing that stands in a text can be
mistaken for one: what looks like a placeholder already is replaced by a placeholder itself.
"""

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

from assistant.rails.personal import WORDS, Found, Kind, find
from models.backend import BackendError

UNMASKABLE = "Personal data could not be masked, so nothing was sent: ask again, and tell whoever keeps the desk."
"""What a person is told when masking breaks."""

_PLACEHOLDER = re.compile(r"<[A-Z]{2,9}_\d{1,6}>")
_BEGUN = re.compile(r"<(?:[A-Z]{0,9}|[A-Z]{2,9}_\d{0,6})$")
_LITERAL = "TEXT"
"""Kind of what only looks like a placeholder."""
_SHORTEST = 4
"""Characters of a value that is looked for wherever it stands, once it is known to be personal."""
_LOG = logging.getLogger(__name__)


class Unmasking:
    """Puts back what was masked while a text streams; holds back what may be the beginning of a placeholder."""

    def __init__(self, unmask: Callable[[str], str]) -> None:
        self._unmask = unmask
        self._held = ""

    def feed(self, piece: str) -> str:
        """The text that can be shown now."""
        text = self._held + piece
        begun = _BEGUN.search(text)
        cut = begun.start() if begun else len(text)
        self._held = text[cut:]
        return self._unmask(text[:cut])

    def flush(self) -> str:
        """The rest, at the end of the text."""
        text, self._held = self._held, ""
        return self._unmask(text)


class Masking:
    """Replaces the same value by the same placeholder in all texts of a turn. Not thread-safe."""

    def __init__(self, finder: Callable[[str], Iterable[Found]] = find) -> None:
        self._find = finder
        self._placeholders: dict[str, str] = {}
        """By value."""
        self._values: dict[str, str] = {}
        """By placeholder."""
        self._kinds: dict[str, Kind] = {}
        """By value, of what is personal."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What has been masked so far, as people call it: “e-mail address”, …; each once."""
        return tuple(dict.fromkeys(WORDS[kind] for kind in self._kinds.values()))

    def mask(self, text: str) -> str:
        """The text with placeholders; `unmask` gives back just this text.

        Raises:
            BackendError: personal data cannot be looked for; nothing may be sent.
        """
        try:
            found = list(self._find(text))
        except Exception as error:
            # Without its message, which may quote the text.
            _LOG.error("Personal data cannot be looked for (%s).", type(error).__name__)
            raise BackendError(UNMASKABLE) from None
        for each in found:
            self._kinds.setdefault(text[each.start : each.end], each.kind)
        spans = [(each.start, each.end, str(each.kind)) for each in found]
        spans += [(match.start(), match.end(), _LITERAL) for match in _PLACEHOLDER.finditer(text)]
        spans += self._known(text)
        masked, end = [], 0
        for start, stop, kind in _apart(spans):
            masked += [text[end:start], self._placeholder(text[start:stop], kind)]
            end = stop
        return "".join([*masked, text[end:]])

    def unmask(self, text: str) -> str:
        """The text with what was masked put back; placeholders that were never given stay as they are."""
        return _PLACEHOLDER.sub(lambda found: self._values.get(found.group(), found.group()), text)

    def unmasking(self) -> Unmasking:
        """For a text that streams."""
        return Unmasking(self.unmask)

    def _known(self, text: str) -> list[tuple[int, int, str]]:
        """Where values stand that were found before, perhaps in surroundings that gave them away."""
        values = sorted((value for value in self._kinds if len(value) >= _SHORTEST), key=len, reverse=True)
        if not values:
            return []
        pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, values))})(?!\w)"
        return [(found.start(), found.end(), self._kinds[found.group()]) for found in re.finditer(pattern, text)]

    def _placeholder(self, value: str, kind: str) -> str:
        if value not in self._placeholders:
            number = sum(name.startswith(f"<{kind}_") for name in self._values) + 1
            self._placeholders[value] = f"<{kind}_{number}>"
            self._values[self._placeholders[value]] = value
        return self._placeholders[value]


def mask_value(value: Any, masking: Masking | None = None) -> Any:
    """A JSON value with the personal data in all its texts, keys included, masked for good; numbers stay.

    Raises:
        BackendError: personal data cannot be looked for.
    """
    masking = masking or Masking()
    match value:
        case str():
            return masking.mask(value)
        case dict():
            return {mask_value(key, masking): mask_value(each, masking) for key, each in value.items()}
        case list() | tuple():
            return [mask_value(each, masking) for each in value]
        case _:
            return value


def _apart(spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Spans in order; those that overlap are one, of the longest's kind."""
    apart: list[tuple[int, int, str]] = []
    longest = 0
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not apart or start >= apart[-1][1]:
            apart.append((start, end, kind))
            longest = end - start
            continue
        before = apart[-1]
        apart[-1] = (before[0], max(before[1], end), kind if end - start > longest else before[2])
        longest = max(longest, end - start)
    return apart
