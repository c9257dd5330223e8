"""What became of the rows that a model has learnt from: which of them have been withdrawn since."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistant.evaluation.tables import ItemRow
from assistant.tables import WithdrawalRow
from ingest.catalogue import Catalogue

_AT_ONCE = 500
"""Ids named in one statement: databases limit how many values may stand in one."""


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """How much of what a model has learnt from still stands."""

    total: int
    """Rows it learnt from."""
    withdrawn: int

    @property
    def mark(self) -> str:
        """A sentence to put beside the model; empty where all still stand."""
        if not self.withdrawn:
            return ""
        return f"{self.withdrawn} of its {self.total} rows {'has' if self.withdrawn == 1 else 'have'} been withdrawn"


def lineage(catalogue: Catalogue, row_ids: Collection[str]) -> Lineage:
    """What became of the rows of these ids, as a model's card lists them."""
    ids = set(row_ids)
    with catalogue.session() as session:
        gone = sum(
            len(session.scalars(select(WithdrawalRow.row_id).where(WithdrawalRow.row_id.in_(some))).all())
            for some in _batches(ids)
        )
    return Lineage(total=len(ids), withdrawn=gone)


def withdraw(session: Session, row_ids: Iterable[str]) -> None:
    """Take rows out of every data set, whatever their part, and remember that, not what they said."""
    for some in _batches(set(row_ids)):
        known = set(session.scalars(select(WithdrawalRow.row_id).where(WithdrawalRow.row_id.in_(some))))
        session.execute(delete(ItemRow).where(ItemRow.row_id.in_(some)))
        session.add_all(WithdrawalRow(row_id=row_id) for row_id in some if row_id not in known)


def restore(session: Session, row_id: str) -> None:
    """Forget that a row was withdrawn: it has been approved anew."""
    session.execute(delete(WithdrawalRow).where(WithdrawalRow.row_id == row_id))


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    left = iter(ids)
    while some := list(islice(left, _AT_ONCE)):
        yield some
