"""What speaks for a sentence in a passage, and what against it.

Wording and meaning tell whether the passage is about what the sentence says. They hardly change when a figure, a
name or a “not” does, which is where small models go wrong; so each of these is checked by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assistant.events import Source
from assistant.quoting.candidates import Candidate, candidates_of
from assistant.quoting.evidence import probability
from assistant.quoting.numbers import stated, values
from assistant.support.claims import Claim
from assistant.support.wording import figures, initials, is_named, is_turned, names
from ingest.index.analysis import STOP_WORDS, terms
from ingest.plain import plain

Terms = frozenset[str]

# Fitted by `python -m benchmarks.support` to sentences against passages about something else. The constant is then
# set lower than the fit has it, so that hardly any sentence that people found faithful is marked for its wording.
SAME: Mapping[str, float] = {
    "constant": -5.0,
    "cover": 7.2,  # share of the sentence's words, by rarity, in the passage
    "near": 4.2,  # the highest cosine of the sentence and a line of the passage
}
"""Log-odds that a passage says the same."""
# Set, from how often each strikes a supported sentence and one that a program has changed; the benchmark counts both.
STRAY_FIGURE = 0.05
STRAY_NAME = 0.1
MISPLACED_FIGURE = 0.4
TURNED = 0.4
"""What is left of a sentence's score when it has a figure or a name that no passage has, a figure that the passage
has elsewhere, or the opposite of what the nearest line says."""

_ALIKE = 0.75
"""Share of a sentence's words in a line from which a negation in only one of the two is held against it."""


class Read:
    """A passage, as sentences are compared with it."""

    def __init__(self, source: Source) -> None:
        passage = source.passage
        self.n = source.n
        self.lines: Sequence[Candidate] = candidates_of([source])
        self.line_terms = [frozenset(terms(f"{line.header} {line.text}")) for line in self.lines]
        text = "\n".join([*passage.headings, plain(passage.header or ""), plain(passage.text)])
        self.terms = frozenset(terms(text))
        self.values = values(text)
        self.initials = initials(text)

    def gives(self, figure: float) -> bool:
        """Whether it gives a figure, as such or as one of a range."""
        return figure in self.values or any(stated({"": figure}, line) for line in self.lines)

    def gives_beside(self, at: int, figure: float) -> bool:
        """Whether it gives a figure in a line, in those beside it or in what they stand under."""
        beside = self.lines[max(0, at - 1) : at + 2]
        return any(figure in values(line.in_context) or stated({"": figure}, line) for line in beside)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a passage supports a sentence."""

    score: float
    """0 to 1."""
    reason: str


class Evidence:
    """A sentence beside all the passages that were read."""

    def __init__(self, claim: Claim, read: Sequence[Read], rarity: Mapping[str, float]) -> None:
        self.text = claim.text
        self._read = read
        rarest = max(rarity.values(), default=0.0) or 1.0
        # A word that no document has is no more than twice as telling as one that all have: models paraphrase.
        self._weights = {term: 1 + rarity[term] / rarest for term in told(claim)}
        self._figures = figures(claim.text)
        self.line_cover = [[self._covered(line) for line in passage.line_terms] for passage in read]

    @cached_property
    def stray_figures(self) -> list[str]:
        """Figures that no passage gives."""
        return [
            figure for figure, value in self._figures.items() if not any(passage.gives(value) for passage in self._read)
        ]

    @cached_property
    def stray_names(self) -> list[str]:
        """Names that no passage has."""
        held = frozenset[str]().union(*(passage.terms for passage in self._read))
        abbreviated = " ".join(passage.initials for passage in self._read)
        return [name for name in names(self.text) if not is_named(name, held, abbreviated)]

    def nearest(self, most: int) -> list[tuple[int, int]]:
        """The (passage, line) that hold the most of its words, best first."""
        places = [(at, line) for at, cover in enumerate(self.line_cover) for line in range(len(cover))]
        return sorted(places, key=lambda place: -self.line_cover[place[0]][place[1]])[:most]

    def weigh(self, at: int, cosines: NDArray[np.floating]) -> Verdict:
        """How the passage `at` supports it; `cosines` are those of its lines, NaN where not known."""
        cover = self._covered(self._read[at].terms)
        near = float(np.nanmax(cosines, initial=0.0))
        score = probability(SAME["constant"] + SAME["cover"] * cover + SAME["near"] * near)
        for factor, reason in self._objections(at, cosines):
            score *= factor
            return Verdict(score=score, reason=reason)
        return Verdict(score=score, reason=f"the passage has {cover:.0%} of its words")

    def _objections(self, at: int, cosines: NDArray[np.floating]) -> list[tuple[float, str]]:
        found = []
        if self.stray_figures:
            found.append((STRAY_FIGURE, f"the figure {self.stray_figures[0]} is in none of the passages"))
        if self.stray_names:
            found.append((STRAY_NAME, f"“{self.stray_names[0]}” is in none of the passages"))
        cover = self.line_cover[at]
        if not cover:
            return found
        best = int(np.argmax(np.array(cover) + np.nan_to_num(cosines)))
        passage = self._read[at]
        misplaced = [
            figure
            for figure, value in self._figures.items()
            if figure not in self.stray_figures and not passage.gives_beside(best, value)
        ]
        if misplaced:
            found.append((MISPLACED_FIGURE, f"the figure {misplaced[0]} stands elsewhere in the passages"))
        if cover[best] >= _ALIKE and is_turned(self.text, passage.lines[best].text):
            found.append((TURNED, "the passage says the opposite"))
        return found

    def _covered(self, held: Terms) -> float:
        total = sum(self._weights.values())
        return sum(weight for term, weight in self._weights.items() if term in held) / total if total else 1.0


def told(claim: Claim) -> list[str]:
    """The terms of a sentence that carry its content, once each."""
    return [term for term in dict.fromkeys(terms(claim.text)) if term not in STOP_WORDS]
