import json
from pathlib import Path

import pytest

from assistant.data_sets.reading import called, read_file
from assistant.data_sets.rows import RowsError, write_rows
from tests.assistant.evaluation.examples import ROW


def test_a_file_is_read_by_its_layout(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", [ROW])
    (tmp_path / "rows.csv").write_text("id,question\nduty,What is paid?\n")
    squad = {
        "data": [{"title": "A", "paragraphs": [{"context": "c", "qas": [{"id": "q", "question": "?", "answers": []}]}]}]
    }
    (tmp_path / "squad.json").write_text(json.dumps(squad))
    beir = tmp_path / "beir"
    (beir / "qrels").mkdir(parents=True)
    (beir / "corpus.jsonl").write_text('{"_id": "d", "text": "t"}\n')
    (beir / "queries.jsonl").write_text('{"_id": "q", "text": "?"}\n')
    (beir / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")
    ids = [[row.id for row in read_file(tmp_path / name)] for name in ("rows.jsonl", "rows.csv", "squad.json", "beir")]
    assert ids == [["duty"], ["duty"], ["q"], ["q"]]
    assert called(str(tmp_path / "rows.jsonl")) == "rows.jsonl"
    assert called("ours") == "ours"


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RowsError, match="neither a file nor one of the catalogue"):
        read_file(tmp_path / "nothing")
