"""Rows by the name of a data set or the path of a file, for comparing by."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import select

from assistant.data_sets.rows import Row, RowsError, read_rows, row_of
from assistant.data_sets.tables import DataSetRow, ItemRow
from assistant.embedding.gate import RowSet
from ingest.catalogue import Catalogue

_SAMPLES = Path(__file__).parent.parent.parent / "samples" / "rows.jsonl"
_SAMPLES_COLLECTION = "samples"


def rowset(catalogue: Catalogue, name: str, collections: tuple[str, ...] = ()) -> RowSet:
    """The approved rows of the data set `name`, or the rows of the file at that path.

    Raises:
        RowsError: there is neither, or the file holds no rows.
    """
    if Path(name).is_file():
        return RowSet(name=Path(name).name, rows=_questions(read_rows(Path(name))), collections=collections)
    query = select(ItemRow.record).join(DataSetRow, DataSetRow.id == ItemRow.data_set_id).where(DataSetRow.name == name)
    with catalogue.session() as session:
        records = session.scalars(query.where(ItemRow.state == "approved").order_by(ItemRow.id)).all()
    if not records:
        raise RowsError(f"There is no file “{name}”, and no data set of that name with approved rows.")
    rows = _questions(row_of(record, f"A row of “{name}”") for record in records)
    return RowSet(name=name, rows=rows, collections=collections)


def guards_of(catalogue: Catalogue, *, besides: Sequence[str] = ()) -> list[RowSet]:
    """The samples' rows, where the samples are on the desk and are not among what is learnt from."""
    is_learnt = any(Path(name).resolve() == _SAMPLES for name in besides)
    if is_learnt or not _SAMPLES.is_file() or _SAMPLES_COLLECTION not in catalogue.collections():
        return []
    return [rowset(catalogue, str(_SAMPLES), (_SAMPLES_COLLECTION,))]


def _questions(rows: Iterable[Row]) -> list[Row]:
    """Nobody searches by the words that ask for a summary."""
    return [row for row in rows if not row.is_summary]
