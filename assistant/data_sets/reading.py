"""Data sets in files and folders, whatever their layout."""

from pathlib import Path

from assistant.data_sets.layouts import read_beir, read_csv, read_squad
from assistant.data_sets.rows import Row, RowsError, read_rows


def called(name: str, part: str | None = None) -> str:
    """What people call a data set, or a part of it: of a path its last part."""
    whole = Path(name).name or name
    return f"{whole} ({part})" if part else whole


def read_file(path: Path) -> list[Row]:
    """The rows of a file or folder: a folder is read as BEIR, .json as SQuAD, .csv or .tsv as a table, else JSON lines.

    Raises:
        RowsError: there is none, or it cannot be read.
    """
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
