"""The sample documents with their questions: something to try the desk on."""

from contextlib import ExitStack
from pathlib import Path

from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import read_rows
from assistant.uploads import Upload, Uploads

SAMPLES = Path(__file__).parent.parent / "samples"

_COLLECTION = _DATA_SET = "samples"


class Samples:
    """Takes them in."""

    def __init__(self, *, uploads: Uploads, data_sets: DataSets) -> None:
        self._uploads = uploads
        self._data_sets = data_sets

    def load(self) -> str:
        """Queue the documents; gives the batch."""
        with ExitStack() as stack:
            files = [
                Upload(name=path.name, content=stack.enter_context(path.open("rb")))
                for path in sorted((SAMPLES / "documents").iterdir())
            ]
            return self._uploads.submit(files, collection=_COLLECTION)

    def load_rows(self) -> str:
        """Take the evaluation rows as a data set; gives its name."""
        self._data_sets.take(_DATA_SET, read_rows(SAMPLES / "rows.jsonl"))
        return _DATA_SET

    def questions(self) -> list[str]:
        """Questions that the documents answer."""
        return (SAMPLES / "questions.txt").read_text(encoding="utf-8").splitlines()
