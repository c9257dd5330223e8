"""Divide rows into parts that share no document and no conversation."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.data_sets.rows import Row


@dataclass(frozen=True, kw_only=True)
class Split:
    """Rows by part."""

    parts: Mapping[str, list[Row]]
    """In the order in which they were given."""

    @property
    def shares(self) -> dict[str, float]:
        """What share of the rows each part has got: 0 to 1."""
        total = sum(map(len, self.parts.values()))
        return {name: len(rows) / total if total else 0.0 for name, rows in self.parts.items()}


def split(rows: Sequence[Row], shares: Mapping[str, float], *, seed: int = 0) -> Split:
    """Divide `rows` so that the parts come near to `shares`, of any sum.

    Rows stay together that have a document in common, that are paraphrases of one row ("of:ID"), or whose
    conversations begin with the same question. That can leave a part far from its share: see `Split.shares`.
    Documents are the same by their names as they are written.

    Raises:
        ValueError: a share is negative, or none is above 0.
    """
    if not shares or min(shares.values()) < 0 or not sum(shares.values()):
        raise ValueError("Shares must not be negative, and one must be above 0.")
    groups = _groups(rows)
    groups = [groups[at] for at in np.random.default_rng(seed).permutation(len(groups))]
    groups.sort(key=len, reverse=True)  # the greatest first: the small ones even out what those leave
    wanted = {name: share / sum(shares.values()) * len(rows) for name, share in shares.items()}
    part_of: dict[int, str] = {}
    for group in groups:
        neediest = max(wanted, key=lambda name: wanted[name])
        wanted[neediest] -= len(group)
        part_of |= dict.fromkeys(group, neediest)
    return Split(parts={name: [row for at, row in enumerate(rows) if part_of[at] == name] for name in shares})


def _groups(rows: Sequence[Row]) -> list[list[int]]:
    """Places of rows that must stay together, by union-find over what they have in common."""
    parent = list(range(len(rows)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first: dict[tuple[str, str], int] = {}
    for at, row in enumerate(rows):
        for tie in ties(row):
            parent[root(at)] = root(first.setdefault(tie, at))
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for at in range(len(rows)):
        groups[root(at)].append(at)
    return list(groups.values())


def ties(row: Row) -> Iterator[tuple[str, str]]:
    """What binds a row to others: those with a tie in common belong to the same part."""
    yield from (("document", source.document) for source in row.sources)
    yield "row", row.paraphrase_of or row.id
    yield "row", row.id
    yield "conversation", _squeezed(_opening(row))


def _opening(row: Row) -> str:
    """The question that its conversation begins with: its own, when nothing was said before."""
    return next((said.content for said in row.history if said.role == "user"), row.question)


def _squeezed(text: str) -> str:
    return " ".join(text.casefold().split())
