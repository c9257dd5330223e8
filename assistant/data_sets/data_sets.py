"""Data sets in the catalogue: rows are proposed, reviewed, divided into parts, and asked once they are approved."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import Session

from assistant.data_sets.data_set import (
    PARTS,
    DataSetSummary,
    Edit,
    Imported,
    Item,
    Origin,
    Proposal,
    State,
    UnknownDataSet,
    check,
    item_of,
    new_item,
    summary_of,
    version_of,
)
from assistant.data_sets.reading import read_file
from assistant.data_sets.rows import Row, RowsError, as_record, write_rows
from assistant.data_sets.splits import split
from assistant.data_sets.tables import DataSetRow, ItemRow
from ingest.catalogue import Catalogue
from ingest.tables import utc_now

_MOST_NAME_CHARS = 80
_AT_ONCE = 500
"""Rows named in one statement: databases limit how many values may stand in one."""


class DataSets:
    """Lists, keeps and changes data sets. Each change is whole or not at all. Thread-safe."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    # Looking

    def list(self) -> list[DataSetSummary]:
        """All data sets by name, with counts."""
        counting = select(ItemRow.data_set_id, ItemRow.state, ItemRow.part, func.count())
        counting = counting.group_by(ItemRow.data_set_id, ItemRow.state, ItemRow.part)
        with self._catalogue.session() as session:
            counted = session.execute(counting).all()
            kept = session.scalars(select(DataSetRow).order_by(DataSetRow.name)).all()
        return [
            summary_of(row, [(state, part, count) for set_id, state, part, count in counted if set_id == row.id])
            for row in kept
        ]

    def get(self, name: str) -> DataSetSummary:
        """One of them.

        Raises:
            UnknownDataSet: there is none of that name.
        """
        found = [one for one in self.list() if one.name == name]
        if not found:
            raise self._unknown(name)
        return found[0]

    def items(self, name: str, *, state: State | None = None, part: str | None = None) -> Sequence[Item]:
        """The rows of a set in the order in which they came, of one state or part or of all.

        Raises:
            UnknownDataSet: there is none of that name.
        """
        with self._catalogue.session() as session:
            query = select(ItemRow).where(ItemRow.data_set_id == self._row(session, name).id).order_by(ItemRow.id)
            if state is not None:
                query = query.where(ItemRow.state == state)
            if part is not None:
                query = query.where(ItemRow.part == part)
            return [item_of(row) for row in session.scalars(query)]

    def rows(self, name: str, part: str | None = None) -> Sequence[Row]:
        """The rows that count, which are those approved; of one part or of all.

        Raises:
            UnknownDataSet: there is none of that name.
            RowsError: it is not split, or has no such part.
        """
        rows = [item.row for item in self.items(name, state="approved", part=part)]
        if part is not None and not rows:
            parts = ", ".join(self.get(name).parts) or "none, as it is not split yet"
            raise RowsError(f"The data set “{name}” has no approved rows in a part “{part}”; its parts: {parts}.")
        return rows

    def export(self, name: str, path: Path, *, state: State | None = "approved", part: str | None = None) -> int:
        """Write rows to a file of JSON lines; gives how many.

        Raises:
            UnknownDataSet: there is none of that name.
            RowsError: the file cannot be written.
        """
        items = self.items(name, state=state, part=part)
        try:
            write_rows(path, (item.row for item in items))
        except OSError as error:
            raise RowsError(f"“{path}” cannot be written: {error.strerror}.") from error
        return len(items)

    # Sets

    def create(self, name: str, description: str = "", *, gives_examples: bool = False) -> None:
        """Begin an empty set.

        Raises:
            RowsError: there is one of that name, or nothing can be called so.
        """
        with self._catalogue.writing() as session:
            if self._find(session, name) is not None:
                raise RowsError(f"There is a data set “{name}” already: choose another name.")
            self._create(session, name, description).gives_examples = gives_examples

    def describe(self, name: str, *, description: str | None = None, gives_examples: bool | None = None) -> None:
        """Change what is said about a set.

        Raises:
            UnknownDataSet: there is none of that name.
        """
        with self._catalogue.writing() as session:
            row = self._row(session, name)
            row.description = row.description if description is None else description
            row.gives_examples = row.gives_examples if gives_examples is None else gives_examples
            row.changed_at = utc_now()

    def remove(self, name: str) -> None:
        """Remove a set with its rows.

        Raises:
            UnknownDataSet: there is none of that name.
        """
        with self._catalogue.writing() as session:
            session.delete(self._row(session, name))

    # Rows

    def take(
        self,
        name: str,
        rows: Iterable[Row],
        *,
        state: State = "approved",
        origin: Origin = "imported",
        notes: Mapping[str, Sequence[str]] | None = None,
    ) -> Imported:
        """Add rows to a set, which begins with them where there is none; one with the id of an old row replaces it.

        What is replaced keeps its part; what comes as it was keeps its state too, which may be a review's.
        `notes` are by row id.

        Raises:
            RowsError: a row cannot be kept, or the set cannot be called so.
        """
        rows, notes = list(rows), notes or {}
        for row in rows:
            check(row)
        added = updated = 0
        with self._catalogue.writing() as session:
            kept = self._find(session, name) or self._create(session, name)
            old = {item.row_id: item for item in session.scalars(_items_of(kept.id))}
            for row in rows:
                record = as_record(row)
                if row.id not in old:
                    added += 1
                    old[row.id] = new_item(kept.id, row, state, origin, notes.get(row.id, ()))
                    session.add(old[row.id])
                elif old[row.id].record != record:
                    updated += 1
                    item = old[row.id]
                    item.record, item.state, item.origin = record, state, origin
                    item.notes, item.changed_at = list(notes.get(row.id, ())), utc_now()
            if added or updated:
                kept.changed_at = utc_now()
        return Imported(added=added, updated=updated, unchanged=len(rows) - added - updated)

    def put(self, session: Session, name: str, row: Row, *, origin: Origin = "feedback") -> None:
        """Add an approved row within somebody's transaction, in the place of the one of its id; the set may be new.

        Raises:
            RowsError: the row cannot be kept, or the set cannot be called so.
        """
        check(row)
        kept = self._find(session, name) or self._create(session, name)
        item = self._item(session, kept.id, row.id)
        if item is None:
            item = new_item(kept.id, row, "approved", origin, ())
            session.add(item)
        item.record, item.state, item.origin, item.changed_at = as_record(row), "approved", origin, utc_now()
        kept.changed_at = utc_now()

    def fill(self, session: Session, name: str, parts: Mapping[str, Sequence[Row]]) -> None:
        """Make a set hold just these rows, made of feedback, within somebody's transaction; the set may be new.

        Rows that were rejected in it stay so, and in no part.

        Raises:
            RowsError: it has rows from elsewhere, a row cannot be kept, or the set cannot be called so.
        """
        kept = self._find(session, name) or self._create(session, name)
        old = {item.row_id: item for item in session.scalars(_items_of(kept.id))}
        if others := {item.origin for item in old.values()} - {"feedback"}:
            raise RowsError(f"“{name}” has rows from elsewhere ({', '.join(sorted(others))}): choose another name.")
        part_of = {row.id: part for part, rows in parts.items() for row in rows}
        for row in (row for rows in parts.values() for row in rows):
            if (item := old.get(row.id)) is None or item.state != "rejected":
                self.put(session, name, row)
        session.flush()
        for item in session.scalars(_items_of(kept.id)):
            if item.state != "rejected" and item.row_id not in part_of:
                session.delete(item)
            item.part = part_of.get(item.row_id) if item.state == "approved" else None

    def version(self, name: str) -> str:
        """The same for the same approved rows in the same parts: 12 hexadecimal digits.

        Raises:
            UnknownDataSet: there is none of that name.
        """
        return version_of(self.items(name, state="approved"))

    def import_file(self, name: str, path: Path) -> Imported:
        """Take the rows of a file of JSON lines, of a table (.csv, .tsv), of SQuAD (.json) or of a BEIR folder.

        Raises:
            RowsError: it cannot be read, a line is no row, or the set cannot be called so; nothing is taken then.
        """
        return self.take(name, read_file(path))

    def propose(self, name: str, proposals: Iterable[Proposal], *, origin: Origin = "synthesised") -> int:
        """Add rows for a review; gives how many are new. One whose id the set has is left as it is.

        Raises:
            RowsError: a row cannot be kept, or the set cannot be called so.
        """
        proposals = list(proposals)
        for proposal in proposals:
            check(proposal.row)
        with self._catalogue.writing() as session:
            kept = self._find(session, name) or self._create(session, name)
            there = self._row_ids(session, kept.id)
            new = {one.row.id: one for one in proposals if one.row.id not in there}
            session.add_all(new_item(kept.id, one.row, "proposed", origin, one.notes) for one in new.values())
            if new:
                kept.changed_at = utc_now()
        return len(new)

    def add(self, name: str, row: Row, *, state: State = "approved") -> None:
        """Add a row that somebody wrote.

        Raises:
            UnknownDataSet: there is none of that name.
            RowsError: the set has a row of that id, or it cannot be kept.
        """
        check(row)
        with self._catalogue.writing() as session:
            kept = self._row(session, name)
            if self._item(session, kept.id, row.id) is not None:
                raise RowsError(f"The data set “{name}” has a row “{row.id}” already: give this one an id of its own.")
            session.add(new_item(kept.id, row, state, "written", ()))
            kept.changed_at = utc_now()

    def edit(self, name: str, edits: Iterable[Edit]) -> int:
        """Change rows as they were edited, all or none; gives how many.

        Raises:
            UnknownDataSet: there is none of that name.
            RowsError: one of them is gone, or somebody else changed it meanwhile, or it cannot be kept.
        """
        edits = list(edits)
        with self._catalogue.writing() as session:
            kept = self._row(session, name)
            for edit in edits:
                check(edit.row)
                item = self._item(session, kept.id, edit.row.id)
                if item is None:
                    raise RowsError(f"The row “{edit.row.id}” is gone: somebody removed it meanwhile.")
                if item_of(item).row.content_hash != edit.seen:
                    raise RowsError(f"The row “{edit.row.id}” was changed meanwhile: look at it again.")
                item.record, item.changed_at = as_record(edit.row), utc_now()
            kept.changed_at = utc_now()
        return len(edits)

    def delete(self, name: str, row_ids: Collection[str]) -> int:
        """Remove rows; gives how many there were.

        Raises:
            UnknownDataSet: there is none of that name.
        """
        with self._catalogue.writing() as session:
            kept = self._row(session, name)
            there = set(row_ids) & self._row_ids(session, kept.id)
            for these in _named(kept.id, there):
                session.execute(delete(ItemRow).where(these))
            kept.changed_at = utc_now()
        return len(there)

    def review(self, name: str, row_ids: Collection[str] | None, state: State) -> int:
        """Approve or reject rows, or ask for their review again; None means all that are proposed. Gives how many.

        Raises:
            UnknownDataSet: there is none of that name.
            RowsError: it has no row of such an id.
        """
        with self._catalogue.writing() as session:
            kept = self._row(session, name)
            if row_ids is None:
                proposed = _items_of(kept.id).where(ItemRow.state == "proposed")
                row_ids = [item.row_id for item in session.scalars(proposed)]
            missing = set(row_ids) - self._row_ids(session, kept.id)
            if missing:
                raise RowsError(f"The data set “{name}” has no row “{min(missing)}”.")
            for these in _named(kept.id, set(row_ids)):
                session.execute(update(ItemRow).where(these).values(state=state, changed_at=utc_now()))
            kept.changed_at = utc_now()
        return len(set(row_ids))

    def split(self, name: str, shares: Mapping[str, float] = PARTS, *, seed: int = 0) -> dict[str, int]:
        """Divide the rows that are not rejected into parts that share no document and no conversation.

        Gives the rows of each part; one can be far from its share where a document has many rows.

        Raises:
            UnknownDataSet: there is none of that name.
            RowsError: shares are negative, or none is above 0.
        """
        with self._catalogue.writing() as session:
            kept = self._row(session, name)
            items = {item.row_id: item for item in session.scalars(_items_of(kept.id))}
            divided = [item_of(item).row for item in items.values() if item.state != "rejected"]
            try:
                parts = split(divided, shares, seed=seed).parts
            except ValueError as error:
                raise RowsError(str(error)) from None
            part_of = {row.id: part for part, rows in parts.items() for row in rows}
            for row_id, item in items.items():
                if item.part != part_of.get(row_id):
                    item.part, item.changed_at = part_of.get(row_id), utc_now()
            kept.changed_at = utc_now()
        return {part: len(rows) for part, rows in parts.items()}

    # Parts of the above

    def _row(self, session: Session, name: str) -> DataSetRow:
        found = self._find(session, name)
        if found is None:
            raise self._unknown(name)
        return found

    def _unknown(self, name: str) -> UnknownDataSet:
        with self._catalogue.session() as session:
            names = session.scalars(select(DataSetRow.name).order_by(DataSetRow.name)).all()
        return UnknownDataSet(f"There is no data set “{name}”: choose one of these ({', '.join(names) or 'none yet'}).")

    @staticmethod
    def _find(session: Session, name: str) -> DataSetRow | None:
        return session.scalar(select(DataSetRow).where(DataSetRow.name == name))

    @staticmethod
    def _create(session: Session, name: str, description: str = "") -> DataSetRow:
        is_path = "/" in name or "\\" in name
        if not name.strip() or name != name.strip() or len(name) > _MOST_NAME_CHARS or is_path or "\0" in name:
            raise RowsError(
                f"A data set's name is a text of at most {_MOST_NAME_CHARS} characters without slashes, and without"
                " blanks around it."
            )
        row = DataSetRow(name=name, description=description)
        session.add(row)
        session.flush()
        return row

    @staticmethod
    def _item(session: Session, set_id: int, row_id: str) -> ItemRow | None:
        return session.scalar(_items_of(set_id).where(ItemRow.row_id == row_id))

    @staticmethod
    def _row_ids(session: Session, set_id: int) -> set[str]:
        return set(session.scalars(select(ItemRow.row_id).where(ItemRow.data_set_id == set_id)))


def _items_of(set_id: int) -> Select[ItemRow]:
    return select(ItemRow).where(ItemRow.data_set_id == set_id).order_by(ItemRow.id)


def _named(set_id: int, row_ids: Iterable[str]) -> Iterator[ColumnElement[bool]]:
    """Conditions that together hold for these rows of a set."""
    left = iter(row_ids)
    while some := list(islice(left, _AT_ONCE)):
        yield (ItemRow.data_set_id == set_id) & ItemRow.row_id.in_(some)
