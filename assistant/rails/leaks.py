"""The system prompt in an answer: long stretches of it, letter by letter, whatever stands between the letters.

Both texts are squeezed to letters and digits and compared by their runs of twelve (shingles, as in Broder, “On the
resemblance and containment of documents”, 1997). A few words alike are chance; sixty letters alike, with small gaps,
are a copy.
"""

from dataclasses import dataclass

from assistant.rails.squeezing import Squeezed, disguises
from assistant.rails.verdict import Finding

RUN = 12
"""Letters of a shingle: two or three words."""
GAP = 16
"""Most letters between two copied stretches that count as one: a changed word or two."""
COPIED = 60
"""Letters of a stretch that is a copy: about a dozen words."""
SHARE = 0.5
"""Of the system prompt, in pieces all over the answer, that is a copy too."""
_SHORTEST = 40
"""Letters of a system prompt that is worth looking for."""
_BEGUN = 4
"""Fewest letters at the end that are taken for the beginning of a copy."""

_REASON = "The answer repeated the desk’s own instructions, so it is not shown: ask about the documents instead."


@dataclass
class _Stretch:
    start: int
    end: int
    copied: int


class PromptLeak:
    """Finds copies of `system`. What the question itself holds is no leak."""

    def __init__(self, system: str, question: str = "") -> None:
        said = _shingles(Squeezed(question).text)
        self._plain = Squeezed(system).text
        self._forms = list(disguises(system)) if len(self._plain) >= _SHORTEST else []
        self._shingles = frozenset().union(*map(_shingles, self._forms)) - said
        self._limit = min(COPIED, int(0.6 * len(self._plain)))

    def judge(self, text: str) -> Finding:
        """Block a text that holds a copy; hold the end back where one may begin."""
        if not self._shingles:
            return Finding()
        squeezed = Squeezed(text)
        stretches = self._stretches(squeezed.text)
        copied = sum(stretch.copied for stretch in stretches)
        longest = max((stretch.copied for stretch in stretches), default=0)
        if longest >= self._limit or copied >= max(self._limit, SHARE * len(self._plain)):
            return Finding(action="block", reason=_REASON)
        return Finding(held=len(text) - squeezed.place(self._begun(squeezed.text, stretches)))

    def _stretches(self, text: str) -> list[_Stretch]:
        """Where runs of `text` stand in the system prompt; neighbours with a small gap are one."""
        stretches: list[_Stretch] = []
        for at in range(len(text) - RUN + 1):
            if text[at : at + RUN] not in self._shingles:
                continue
            end = at + RUN
            if stretches and at <= stretches[-1].end + GAP:
                last = stretches[-1]
                last.copied += end - max(at, last.end)
                last.end = end
            else:
                stretches.append(_Stretch(at, end, RUN))
        return stretches

    def _begun(self, text: str, stretches: list[_Stretch]) -> int:
        """Where the end of `text` may have begun to be a copy."""
        begun = len(text)
        for length in range(min(RUN, len(text)), _BEGUN - 1, -1):
            if any(text[-length:] in form for form in self._forms):
                begun = len(text) - length
                break
        if stretches and begun <= stretches[-1].end + GAP:
            return stretches[-1].start
        return begun


def _shingles(text: str) -> frozenset[str]:
    return frozenset(text[at : at + RUN] for at in range(len(text) - RUN + 1))
