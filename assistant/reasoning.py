"""The reasoning that some prompts ask for before the answer: told apart from it while both stream."""

import re

_DECORATION = " \t*#_"
"""Models write the marker bold or as a heading as often as plain."""


class ReasoningFilter:
    """Parts a stream at the first `marker` that begins a line: what is before it is reasoning, the rest the answer.

    Without a marker everything is the answer.
    """

    def __init__(self, marker: str | None) -> None:
        self._marker = marker
        self._held = ""
        self._reasoned: list[str] = []
        self._in_line = False
        """Whether what has been let go ends within a line."""
        self._begins = False
        """Whether the answer's first character is still to come."""

    @property
    def is_reasoning(self) -> bool:
        """Whether the answer has not begun."""
        return self._marker is not None

    def feed(self, piece: str) -> tuple[str, str]:
        """The reasoning and the answer that the next piece brings."""
        if self._marker is None:
            return "", self._answer(piece)
        text = self._held + piece
        line = text.find("\n") + 1 if self._in_line else 0
        if self._in_line and not line:
            return self._reason(text), ""
        found = re.compile(rf"(?im)^[{_DECORATION}]*{re.escape(self._marker)}").search(text, line)
        if found is not None:
            self._marker, self._held, self._begins = None, "", True
            return self._reason(text[: found.start()]), self._answer(text[found.end() :])
        last = max(line, text.rfind("\n") + 1)
        may_become_marker = self._marker.lower().startswith(text[last:].lstrip(_DECORATION).lower())
        cut = last if may_become_marker else len(text)
        self._held = text[cut:]
        return self._reason(text[:cut]), ""

    def flush(self) -> tuple[str, str]:
        """The rest, at the end of the stream: of a model that never came to an answer, all that it wrote."""
        if self._marker is None:
            return "", ""
        return "", "".join(self._reasoned) + self._held

    def _reason(self, text: str) -> str:
        self._reasoned.append(text)
        self._in_line = not text.endswith("\n") if text else self._in_line
        return text

    def _answer(self, text: str) -> str:
        if self._begins:
            text = text.lstrip(_DECORATION + "\n")
            self._begins = not text
        return text
