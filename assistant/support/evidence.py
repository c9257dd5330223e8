"""What speaks for a sentence in a passage, and what against it.

Wording and meaning tell whether the passage is about what the sentence says. They hardly change when a figure, a
name or a “not” does, which is where small models go wrong; so each of these is checked by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.events import Source
from assistant.quoting.candidates import Candidate, candidates_of
from assistant.quoting.evidence import probability
from assistant.quoting.numbers import stated, values
from assistant.support.claims import Claim
from assistant.support.wording import figures, initials, is_named, is_turned, names
from ingest.index.analysis import STOP_WORDS, terms
from ingest.plain import plain

Terms = frozenset[str]

# Set between what fits passages that are near in meaning but of other articles (cover 7.2, near 4.2) and what fits
# those that share the most words (4.5, 11.5): `python -m benchmarks.support` says how near this comes to a fit. The
# constant is lower than a fit has it, so that few sentences which people found faithful are marked for their wording.
SAME: Mapping[str, float] = {
    "constant": -5.0,
    "cover": 7.2,  # share of the sentence's words, by rarity, in the passage
    "near": 4.2,  # the highest cosine of the sentence and a line of the passage
}
"""Log-odds that a passage says the same."""
# Set, from how often each strikes a supported sentence and one that a program has changed; the benchmark counts both.
# Each of them alone is enough to mark a sentence.
STRAY_FIGURE = 0.05  # a figure that no passage has
STRAY_NAME = 0.1  # a name that no passage has
MISPLACED = 0.4  # a figure or a name that stands elsewhere in the passage than the rest of the sentence
TURNED = 0.4  # the opposite of what the nearest line says
"""What is left of the score of a sentence with such a fault."""

_ALIKE = 0.75
"""Share of a sentence's words in a line from which a negation in only one of the two is held against it."""
_NEARLY_BEST = 0.6
"""Lines with this share of what the best line of all has of a sentence's words may be what it was taken from."""


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

    def beside(self, at: int) -> Sequence[Candidate]:
        """A line and those before and after it."""
        return self.lines[max(0, at - 1) : at + 2]


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
        self._figures, self._names = figures(claim.text), names(claim.text)
        self._line_cover = [[self._covered(line) for line in passage.line_terms] for passage in read]

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
        return [name for name in self._names if not is_named(name, held, abbreviated)]

    @cached_property
    def misplaced(self) -> list[str]:
        """Figures and names that some passage has, but not beside a line that the sentence may be taken from."""
        best = max((share for cover in self._line_cover for share in cover), default=0.0)
        places = [
            passage.beside(line)
            for passage, cover in zip(self._read, self._line_cover, strict=True)
            for line, share in enumerate(cover)
            if share >= _NEARLY_BEST * best
        ]
        texts = ["\n".join(line.in_context for line in lines) for lines in places]
        held = [(frozenset(terms(text)), initials(text)) for text in texts]
        given = [
            figure
            for figure, value in self._figures.items()
            if any(value in values(text) for text in texts)
            or any(stated({"": value}, line) for lines in places for line in lines)
        ]
        named = [name for name in self._names if any(is_named(name, *words) for words in held)]
        there = {*given, *named, *self.stray_figures, *self.stray_names}
        return [word for word in (*self._figures, *self._names) if word not in there]

    @cached_property
    def cover(self) -> list[float]:
        """Share of its words, by rarity, in each passage."""
        return [self._covered(passage.terms) for passage in self._read]

    @property
    def is_decided(self) -> bool:
        """Whether its meaning, near or far, could no longer change on which side of one half its score is."""
        most = max(self.cover, default=0.0)
        return (_same(most, 0.0) >= 0.5) == (_same(most, 1.0) >= 0.5)

    def nearest(self, most: int) -> list[tuple[int, int]]:
        """The (passage, line) that hold the most of its words, best first."""
        places = [(at, line) for at, cover in enumerate(self._line_cover) for line in range(len(cover))]
        return sorted(places, key=lambda place: -self._line_cover[place[0]][place[1]])[:most]

    def weigh(self, at: int, near: float | None) -> Verdict:
        """How the passage `at` supports it.

        `near` is the highest cosine with one of its lines; None is taken to be as near as its words are many.
        """
        cover = self.cover[at]
        score = _same(cover, cover if near is None else near)
        factor, fault = next(self._faults(at), (1.0, ""))
        return Verdict(score=score * factor, reason=fault or f"the passage has {cover:.0%} of its words")

    def _faults(self, at: int) -> Iterator[tuple[float, str]]:
        """What is wrong with it, the gravest first, each with what it leaves of the score."""
        if self.stray_figures:
            yield STRAY_FIGURE, f"the figure {self.stray_figures[0]} is in none of the passages"
        if self.stray_names:
            yield STRAY_NAME, f"“{self.stray_names[0]}” is in none of the passages"
        for word in self.misplaced:
            yield MISPLACED, f"“{word}” stands elsewhere in the passages"
        cover = self._line_cover[at]
        nearest = cover.index(max(cover)) if cover else 0
        if cover and cover[nearest] >= _ALIKE and is_turned(self.text, self._read[at].lines[nearest].text):
            yield TURNED, "the passage says the opposite"

    def _covered(self, held: Terms) -> float:
        total = sum(self._weights.values())
        return sum(weight for term, weight in self._weights.items() if term in held) / total if total else 1.0


def told(claim: Claim) -> list[str]:
    """The terms of a sentence that carry its content, once each."""
    return [term for term in dict.fromkeys(terms(claim.text)) if term not in STOP_WORDS]


def _same(cover: float, near: float) -> float:
    """Probability that a passage says the same."""
    return probability(SAME["constant"] + SAME["cover"] * cover + SAME["near"] * near)
