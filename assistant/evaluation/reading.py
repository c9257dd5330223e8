"""A data set by its name: a file or folder in one of the layouts, or a set of the catalogue."""

from pathlib import Path

from sqlalchemy import select

from assistant.evaluation.layouts import read_beir, read_csv, read_squad
from assistant.evaluation.rows import Row, RowsError, read_rows, row_of
from assistant.evaluation.tables import DataSetRow, ItemRow
from ingest.catalogue import Catalogue


def read_data_set(name: str, catalogue: Catalogue) -> list[Row]:
    """The rows of a data set, those approved of one in the catalogue, which goes before a file of that name.

    A folder is read as BEIR, a .json file as SQuAD, a .csv or .tsv file as a table, any other as JSON lines.

    Raises:
        RowsError: there is none, it cannot be read, or it has no rows.
    """
    rows = _kept(name, catalogue)
    if rows is None:
        rows = _read(Path(name))
    if not rows:
        raise RowsError(f"The data set “{name}” has no rows to ask.")
    return rows


def called(name: str) -> str:
    """What people call a data set: of a path its last part."""
    return Path(name).name or name


def _kept(name: str, catalogue: Catalogue) -> list[Row] | None:
    """Rows of the set of that name in the catalogue, or None when there is none."""
    with catalogue.session() as session:
        set_id = session.scalar(select(DataSetRow.id).where(DataSetRow.name == name))
        if set_id is None:
            return None
        query = select(ItemRow.record).where(ItemRow.data_set_id == set_id, ItemRow.state == "approved")
        records = session.scalars(query.order_by(ItemRow.id)).all()
    return [row_of(record, f"A row of the data set “{name}”") for record in records]


def _read(path: Path) -> list[Row]:
    if not path.exists():
        raise RowsError(f"There is no data set “{path}”: neither a file nor one of the catalogue.")
    if path.is_dir():
        return read_beir(path).rows
    match path.suffix.lower():
        case ".json":
            return read_squad(path).rows
        case ".csv" | ".tsv":
            return read_csv(path).rows
        case _:
            return read_rows(path)
