"""Builds a data set of what reviewers have approved: each question once, and nothing that contradicts itself."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistant.data_sets.data_set import PARTS, version_of
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import Row, RowsError, row_of
from assistant.data_sets.splits import split
from assistant.data_sets.tables import DataSetRow, ItemRow
from assistant.review.alike import agree, asked_alike
from assistant.tables import ReviewRow
from ingest.catalogue import Catalogue
from models.embedding import Embedder


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Rows that ask the same and are answered otherwise."""

    rows: Sequence[Row]
    """One of each answer, the decided last first."""
    kept: Sequence[str]
    """Ids of those that are in the set all the same, because somebody said so."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """A data set as it was built."""

    name: str
    version: str
    """The same for the same rows in the same parts: 12 hexadecimal digits."""
    rows: int
    parts: Mapping[str, int]
    duplicates: int
    """Rows left out that ask what another asks, with the same answer."""
    conflicts: Sequence[Conflict]
    withdrawn: int
    """Approved once, and no more in the set that they went to, or not approved there."""
    private: int
    rejected: int


@dataclass(frozen=True, kw_only=True)
class _Approved:
    row: Row
    is_corrected: bool
    decided_at: datetime

    @property
    def preference(self) -> tuple[bool, bool, bool, datetime, str]:
        """Of rows that say the same, the greatest is kept."""
        row = self.row
        return self.is_corrected, bool(row.answers), bool(row.sources), self.decided_at, row.id


class Building:
    """Builds data sets. Thread-safe; the same reviews give the same set, for as long as the embedding model stays."""

    def __init__(self, catalogue: Catalogue, data_sets: DataSets, *, embedder: Callable[[], Embedder]) -> None:
        self._catalogue = catalogue
        self._data_sets = data_sets
        self._embedder = embedder

    def build(self, name: str, *, keep: Collection[str] = (), seed: int = 0) -> Built:
        """Fill a set, which may be new, with the approved rows of all reviews, in parts that share no document.

        `keep` are ids of rows that are right although another one, which asks the same, says otherwise. What was in
        the set before is replaced; rows that somebody has rejected in it stay so.

        Raises:
            RowsError: nothing is approved, the set has rows from elsewhere, it cannot be called so, or a row of `keep`
                is in no conflict.
        """
        with self._catalogue.session() as session:
            approved = _approved(session, except_set=name)
            once = session.scalar(select(func.count()).where(ReviewRow.record.is_not(None))) or 0
            counts = dict(session.execute(select(ReviewRow.state, func.count()).group_by(ReviewRow.state)).all())
        if not approved:
            raise RowsError("No answer is approved yet: look at what waits on the Review page.")
        chosen, conflicts, duplicates = self._without_doubles(approved, keep)
        with self._catalogue.writing() as session:
            there = _still_there(session, [row.id for row in chosen])
            parts = split([row for row in chosen if row.id in there], PARTS, seed=seed).parts
            self._data_sets.fill(session, name, parts)
        items = self._data_sets.items(name, state="approved")
        return Built(
            name=name,
            version=version_of(items),
            rows=len(items),
            parts={part: sum(item.part == part for item in items) for part in PARTS},
            duplicates=duplicates,
            conflicts=conflicts,
            withdrawn=once - len(approved) + len(chosen) - len(there),
            private=counts.get("private", 0),
            rejected=counts.get("rejected", 0),
        )

    def _without_doubles(
        self, approved: Sequence[_Approved], keep: Collection[str]
    ) -> tuple[list[Row], list[Conflict], int]:
        """What is left by id, what contradicts itself, and how many rows say what another says."""
        embed = self._embedder().sentences
        chosen, conflicts, duplicates = [], [], 0
        unkept = set(keep)
        for places in asked_alike([one.row for one in approved], embed):
            group = sorted((approved[at] for at in places), key=lambda one: one.preference, reverse=True)
            answers: list[list[_Approved]] = []
            for one in group:
                same = [said for said in answers if agree(said[0].row, one.row, embed)]
                same[0].append(one) if same else answers.append([one])
            duplicates += len(group) - len(answers)
            if len(answers) == 1:
                chosen.append(answers[0][0].row)
                continue
            answers.sort(key=lambda said: (said[0].decided_at, said[0].row.id), reverse=True)
            kept = [said[0].row for said in answers if any(one.row.id in keep for one in said)]
            unkept -= {one.row.id for one in group}
            conflicts.append(Conflict(rows=[said[0].row for said in answers], kept=tuple(row.id for row in kept)))
            chosen += kept
        if unkept:
            raise RowsError(f"The row “{min(unkept)}” is in no conflict: leave it out of those to keep.")
        return sorted(chosen, key=lambda row: row.id), conflicts, duplicates


def _approved(session: Session, *, except_set: str) -> list[_Approved]:
    """By id. A row counts as it stands in the set that it went to, where it may have been corrected since."""
    query = (
        select(ReviewRow.data_set, ReviewRow.state, ReviewRow.decided_at, ItemRow.row_id, ItemRow.record)
        .join(ItemRow, ItemRow.row_id == ReviewRow.row_id)
        .join(DataSetRow, (DataSetRow.id == ItemRow.data_set_id) & (DataSetRow.name == ReviewRow.data_set))
        .where(ReviewRow.record.is_not(None), ItemRow.state == "approved")
        .order_by(ItemRow.row_id)
    )
    found = session.execute(query).all()
    if any(one.data_set == except_set for one in found):
        raise RowsError(f"Approved rows are kept in “{except_set}” itself: choose another name for what is built.")
    return [
        _Approved(
            row=row_of(one.record, f"The row “{one.row_id}”"),
            is_corrected=one.state == "corrected",
            decided_at=one.decided_at,
        )
        for one in found
    ]


def _still_there(session: Session, row_ids: Sequence[str]) -> set[str]:
    """Those that nobody has withdrawn meanwhile; nobody does until the caller's transaction ends."""
    query = select(ReviewRow.row_id).where(ReviewRow.record.is_not(None)).with_for_update(read=True)
    return set(session.scalars(query)) & set(row_ids)
