"""Rows that ask the same: by their words, or by what they mean; and whether their answers agree."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.data_sets.rows import Row

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Makes vectors (n, dimensions) of length 1."""

_SAME_QUESTION = 0.9
"""Cosine from which two questions ask the same, if their figures and what they ask for do not say otherwise.

Of 838 questions of XQuAD 42 pairs are that near: about half ask the same, and the others (“start”, “end”) have other
answers, so that they are shown and nothing is dropped.
"""
_SAME_ANSWER = 0.8
"""Cosine from which two answers say the same, if their figures do not say otherwise; set by hand."""
_AT_ONCE = 1000

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_ASKS = re.compile(r"\b(who|whom|whose|when|where|why|how)\b", re.IGNORECASE)
_NO_WORD = re.compile(r"[^\w£€$%]+")


def asked_alike(rows: Sequence[Row], embed: Embed) -> list[list[int]]:
    """Places of rows that ask the same, together; each row is in one group, which may be its own."""
    asked = [_asked(row) for row in rows]
    keys, marks = [_normal(text) for text in asked], [_marks(text) for text in asked]
    vectors = embed(asked)
    parent = list(range(len(rows)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first: dict[str, int] = {}
    for at, key in enumerate(keys):
        parent[root(at)] = root(first.setdefault(key, at))
    for begin in range(0, len(rows), _AT_ONCE):
        near = vectors[begin : begin + _AT_ONCE] @ vectors.T > _SAME_QUESTION
        for one, other in zip(*np.nonzero(near), strict=True):
            at, beside = begin + int(one), int(other)
            if at < beside and marks[at] == marks[beside]:
                parent[root(beside)] = root(at)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for at in range(len(rows)):
        groups[root(at)].append(at)
    return sorted(groups.values())


def agree(one: Row, other: Row, embed: Embed) -> bool:
    """Whether two rows that ask the same say the same."""
    if one.answerable != other.answerable:
        return False
    if not one.answers or not other.answers:  # nothing but sources can say otherwise
        documents = [{source.document for source in row.sources} for row in (one, other)]
        return not one.answerable or not all(documents) or bool(documents[0] & documents[1])
    return any(_say_the_same(a, b, embed) for a in one.answers for b in other.answers)


def _say_the_same(one: str, other: str, embed: Embed) -> bool:
    a, b = f" {_normal(one)} ", f" {_normal(other)} "
    if a in b or b in a:
        return True
    if _numbers(one) != _numbers(other):
        return False
    vectors = embed([one, other])
    return float(vectors[0] @ vectors[1]) > _SAME_ANSWER


def _asked(row: Row) -> str:
    """The question, after those that it may lean on."""
    return " ".join([*(said.content for said in row.history if said.role == "user"), row.question])


def _normal(text: str) -> str:
    return _NO_WORD.sub(" ", text.casefold()).strip()


def _numbers(text: str) -> frozenset[str]:
    return frozenset(_NUMBER.findall(text))


def _marks(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """What must be equal however near two questions are: figures, and what is asked for."""
    return _numbers(text), frozenset(word.casefold() for word in _ASKS.findall(text))
