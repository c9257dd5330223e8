import io
import json
import zipfile
from collections.abc import Mapping

import pytest

from assistant.data_sets.importing import read_uploads
from assistant.data_sets.rows import RowsError
from assistant.uploads import Upload

BEIR = {
    "set/corpus.jsonl": json.dumps({"_id": "d1", "title": "Locks", "text": "Four feet."}),
    "set/queries.jsonl": json.dumps({"_id": "q1", "text": "How deep is it?"}),
    "set/qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1",
    "../../escaped.txt": "not wanted",
}


def _upload(name: str, content: bytes) -> Upload:
    return Upload(name=name, content=io.BytesIO(content))


def _zip(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.JSONL", b'{"id": "1", "question": "How deep is it?"}'),
        ("rows.csv", b"id,question\n1,How deep is it?\n"),
        ("set.zip", _zip(BEIR)),
    ],
)
def test_a_file_is_read_by_its_name(name: str, content: bytes) -> None:
    [row] = read_uploads([_upload(name, content)])
    assert row.question == "How deep is it?"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("rows.exe", b"", "“rows.exe” is no data set: choose a file that ends with .jsonl, .json, .csv, .tsv, .zip."),
        ("C:\\rows.jsonl", b"{", "Line 1 of rows.jsonl is not JSON: "),
        ("rows.jsonl", b"", "“rows.jsonl” has no rows."),
        ("set.zip", b"PK", "“set.zip” is no .zip archive that can be read."),
        ("set.zip", _zip({"a": ""}), "“set.zip” has no queries.jsonl: a BEIR folder has corpus.jsonl, queries.jsonl"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_files_own_name(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(RowsError) as caught:
        read_uploads([_upload(name, content)])
    assert str(caught.value).startswith(sentence)
    assert "/tmp" not in str(caught.value)


def test_one_file_is_asked_for() -> None:
    with pytest.raises(RowsError, match="Choose one file"):
        read_uploads([])
