"""Pairs: a question and the passage that answers it, from which an embedding model learns."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A question with the passage that answers it."""

    question: str
    passage: str
    """As it is embedded."""
    negatives: tuple[str, ...] = ()
    """Passages that look like answers and are none."""


def hash_of(pairs: Iterable[Pair]) -> str:
    """The same for the same pairs in whatever order: 64 hexadecimal digits."""
    lines = sorted(json.dumps([pair.question, pair.passage, *pair.negatives]) for pair in pairs)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def batches(pairs: Sequence[Pair], size: int, *, seed: int) -> list[list[Pair]]:
    """All pairs, shuffled, in batches of at most `size` in which no passage comes twice.

    Each passage in a batch serves as a wrong answer to the other questions, so one that answers two of them would
    be held against itself. What is left of a passage with more questions than there are batches is left out.
    """
    order = np.random.default_rng(seed).permutation(len(pairs))
    full: list[list[Pair]] = []
    open_: list[tuple[list[Pair], set[str]]] = []
    for at in order:
        pair = pairs[int(at)]
        batch = next((each for each in open_ if pair.passage not in each[1]), None)
        if batch is None:
            batch = ([], set())
            open_.append(batch)
        batch[0].append(pair)
        batch[1].add(pair.passage)
        if len(batch[0]) == size:
            full.append(batch[0])
            open_.remove(batch)
    # One pair alone has nothing to be told from.
    return full + [left for left, _ in open_ if len(left) > 1]
