import json
from pathlib import Path

import pytest

from assistant.evaluation.reading import called, read_data_set
from assistant.evaluation.rows import RowsError, as_record, write_rows
from assistant.evaluation.tables import DataSetRow, ItemRow
from ingest.catalogue import Catalogue
from tests.assistant.evaluation.examples import NO_ANSWER, ROW


def test_a_set_of_the_catalogue_gives_its_approved_rows(catalogue: Catalogue) -> None:
    with catalogue.writing() as session:
        kept = DataSetRow(name="ours")
        session.add_all([kept, DataSetRow(name="empty")])
        session.flush()
        for row, state in ((ROW, "approved"), (NO_ANSWER, "proposed")):
            session.add(
                ItemRow(
                    data_set_id=kept.id, row_id=row.id, record=as_record(row), state=state, origin="written", notes=[]
                )
            )
    assert read_data_set("ours", catalogue) == [ROW]
    with pytest.raises(RowsError, match="“empty” has no rows"):
        read_data_set("empty", catalogue)


def test_a_file_is_read_by_its_layout(catalogue: Catalogue, tmp_path: Path) -> None:
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
    ids = [
        [row.id for row in read_data_set(str(tmp_path / name), catalogue)]
        for name in ("rows.jsonl", "rows.csv", "squad.json", "beir")
    ]
    assert ids == [["duty"], ["duty"], ["q"], ["q"]]
    assert called(str(tmp_path / "rows.jsonl")) == "rows.jsonl"
    assert called("ours") == "ours"


def test_what_is_not_there_is_one_sentence(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(RowsError, match="neither a file nor one of the catalogue"):
        read_data_set(str(tmp_path / "nothing"), catalogue)
