"""From a model's bytes to text that may be shown: whole characters, and nothing of a stop string."""

import codecs
from collections.abc import Sequence


class Emission:
    """Takes the bytes of an answer piece by piece and gives the text that is certain.

    A text that may yet turn out to be one of the `stop` strings is held back until that is known.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._stop = [text for text in stop if text]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped = False
        """Whether a stop string was met; the answer is complete then."""

    def feed(self, piece: bytes) -> str:
        """The text that `piece` makes certain, "" when there is none."""
        if self.stopped:
            return ""
        self._held += self._decoder.decode(piece)
        cut = self._cut()
        if cut is not None:
            self.stopped = True
            return self._release(cut)
        return self._release(len(self._held) - self._undecided())

    def finish(self) -> str:
        """The text still held back when the answer ended without a stop string; half a character is dropped."""
        return "" if self.stopped else self._release(len(self._held))

    def _cut(self) -> int | None:
        """Where the stop string that is complete first begins."""
        found = [(at + len(stop), at) for stop in self._stop if (at := self._held.find(stop)) >= 0]
        return min(found)[1] if found else None

    def _undecided(self) -> int:
        """Length of the longest end of the held text that begins a stop string."""
        longest = max((len(stop) for stop in self._stop), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stop):
                return length
        return 0

    def _release(self, length: int) -> str:
        text, self._held = self._held[:length], self._held[length:]
        return text
