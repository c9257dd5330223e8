"""How well candidates answer a question: features, and the weights that add them up.

The answer often stands beside the sentence that names the topic ("A duty week runs from … The allowance is …"),
so each candidate is judged with its heading, its neighbours and its passage.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, log1p
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from assistant.quoting.answer_type import AnswerType, expected
from assistant.quoting.candidates import Candidate
from assistant.quoting.numbers import number_terms, stated
from ingest.catalogue import Passage
from ingest.index.analysis import terms

_ENDS = (*".!?:;。．！？：；।॥။៕។؟۔",)
"""Marks that end whole sentences."""

Terms = frozenset[str]
Floats = NDArray[np.float64]

# The weights are fitted by `python -m benchmarks.quoting` to the public questions that it names; none of the
# samples is among them. "document" comes out above "cover": what a title says, the sentences that answer leave out.
WORDING: Mapping[str, float] = {
    "cover": 8.2,  # share of the question's words, by rarity, in the candidate and its table's header
    "above": 6.8,  # share that is in its heading
    "document": 13.4,  # share that is in neither, but in the headings above that one, the document's title or its name
    "beside": 4.7,  # share that is in neither, but in the sentences before and after
    "new": 0.4,  # log of 1 + the number of words that the question does not have
    "ends": 0.4,  # 1 for a whole sentence or a table row, 0 for a fragment
    "rank": 0.9,  # 1 / (1 + rank of its passage)
    "figure": 3.0,  # 1 when it holds a figure of the type that the question expects
    "entity": 1.6,  # 1 when the question expects a name or a place and it holds one
}
MEANING: Mapping[str, float] = {
    "near": 5.0,  # cosine of question and candidate
    "near_best": 6.7,  # the highest cosine in its passage
    "near_beside": 2.1,  # the mean cosine of the sentences before and after
}
# Not fitted but set, with the samples in view: public questions repeat the words of their passages, so a fit leans on
# "covered" and refused half of the samples, which ask in words of their own. At these, 60 to 99 % of the questions
# about other things are refused, by set, and few of those with an answer; the benchmark says how many.
TOPIC: Mapping[str, float] = {
    "constant": -5.5,
    "near": 12.0,  # the highest cosine of question and candidate
    "covered": 2.4,  # the largest share of the question's words, by rarity, in one passage
}
"""Log-odds that the passages are about what is asked at all."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, as candidates are compared with it."""

    text: str
    weights: Mapping[str, float]
    """How much each of its terms without stop words counts."""

    @cached_property
    def terms(self) -> Terms:
        """All its terms."""
        return frozenset(terms(self.text))

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Those of its terms that are numbers."""
        return number_terms(self.text)

    @cached_property
    def expects(self) -> AnswerType | None:
        """The type of answer that it asks for."""
        return expected(self.text)

    def coverage(self, held: Terms) -> float:
        """Share of the question's terms, by weight, that are among `held`: 0 to 1."""
        total = sum(self.weights.values())
        return sum(weight for term, weight in self.weights.items() if term in held) / total if total else 0.0

    def lacking(self, of: Terms, held: Terms) -> float:
        """Share of the question's terms, by weight, that are among `of` and not among `held`: 0 to 1."""
        return self.coverage(of - held)


class Evidence:
    """What the wording of a question and of the candidates for its answer says; meaning is added by cosines."""

    def __init__(self, question: Question, candidates: Sequence[Candidate]) -> None:
        self._question = question
        self._candidates = candidates
        self._ranks = np.array([candidate.rank for candidate in candidates])
        self._own = [_terms_of(candidate) | stated(question.numbers, candidate) for candidate in candidates]
        self._above = [frozenset(terms(candidate.heading)) for candidate in candidates]
        passages = {candidate.rank: candidate.source.passage for candidate in candidates}
        self._document = {rank: _terms_of_document(passage) for rank, passage in passages.items()}

    @cached_property
    def wording(self) -> Floats:
        """The features that need no embedding: shape (candidates, WORDING)."""
        rows = [self._wording_of(at) for at in range(len(self._candidates))]
        return np.array(rows, dtype=np.float64).reshape(-1, len(WORDING))

    def meaning(self, nearness: NDArray[np.floating]) -> Floats:
        """The features made of cosines with the question: shape (candidates, MEANING).

        `nearness` is NaN for candidates that were not embedded; they count as the mean of their passage.
        """
        near = np.array(nearness, dtype=np.float64)
        best, mean = np.zeros_like(near), np.zeros_like(near)
        for rank in np.unique(self._ranks):
            inside = self._ranks == rank
            known = near[inside & ~np.isnan(near)]
            best[inside] = known.max(initial=0.0)
            mean[inside] = known.mean() if known.size else 0.0
        near = np.where(np.isnan(near), mean, near)
        beside = [self._mean_beside(near, mean, at) for at in range(len(near))]
        return np.column_stack([near, best, beside])

    def topic(self, nearness: NDArray[np.floating]) -> Floats:
        """What tells whether the passages are about the question at all: shape (TOPIC,)."""
        return np.array([1.0, np.nanmax(nearness, initial=0.0), self.covered])

    @cached_property
    def covered(self) -> float:
        """The largest share of the question's words, by rarity, in one passage: 0 to 1."""
        held = (
            frozenset[str]().union(*(self._own[at] | self._above[at] for at in np.flatnonzero(self._ranks == rank)))
            for rank in np.unique(self._ranks)
        )
        return max(map(self._question.coverage, held), default=0.0)

    def with_what_it_stands_under(self, at: int) -> Terms:
        """The terms of a candidate, its headings, and the title and name of its document."""
        return self._own[at] | self._above[at] | self._document[self._candidates[at].rank]

    def _wording_of(self, at: int) -> tuple[float, ...]:
        candidate, own = self._candidates[at], self._own[at]
        above = self._above[at] - own
        beside = frozenset[str]().union(*(self._own[i] for i in self._neighbours(at))) - own - above
        return (
            self._question.coverage(own),
            self._question.coverage(above),
            self._question.coverage(self._document[candidate.rank] - own - above),
            self._question.coverage(beside),
            log1p(len(own - self._question.terms)),
            float(candidate.is_row or candidate.text.rstrip("\"'’”」』)）]").endswith(_ENDS)),
            1 / (1 + candidate.rank),
            *self._fits(candidate),
        )

    def _fits(self, candidate: Candidate) -> tuple[float, float]:
        """Whether a candidate holds a figure, or else an entity, of the type that the question expects."""
        expects = self._question.expects
        if expects is None or not expects.given(candidate.text, self._question.text):
            return 0.0, 0.0
        return (1.0, 0.0) if expects.is_figure else (0.0, 1.0)

    def _neighbours(self, at: int) -> list[int]:
        """The candidates before and after in the same passage; what stands beside a row says nothing about it."""
        if self._candidates[at].is_row:
            return []
        return [i for i in (at - 1, at + 1) if 0 <= i < len(self._ranks) and self._ranks[i] == self._ranks[at]]

    def _mean_beside(self, near: Floats, mean: Floats, at: int) -> float:
        """The mean cosine of the two neighbours; one that is missing counts as the mean of the passage."""
        found = [float(near[i]) for i in self._neighbours(at)]
        return (sum(found) + (2 - len(found)) * float(mean[at])) / 2


def add_up(features: Floats, weights: Mapping[str, float]) -> Floats:
    """Features times weights: log-odds."""
    total: Floats = features @ np.array([*weights.values()])
    return total


def probability(log_odds: float) -> float:
    """Of log-odds: 0 to 1."""
    return 1 / (1 + exp(-log_odds))


def _terms_of(candidate: Candidate) -> Terms:
    return frozenset(terms(f"{candidate.header} {candidate.text}"))


def _terms_of_document(passage: Passage) -> Terms:
    name = re.sub(r"[\W_]+", " ", PurePath(passage.document).stem)
    return frozenset(terms(" ".join([*passage.headings, passage.title or "", name])))
