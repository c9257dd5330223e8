import json
from pathlib import Path

import pytest

from assistant.data_sets.layouts import read_beir, read_csv, read_squad
from assistant.data_sets.rows import GoldSource, RowsError

SQUAD = {
    "data": [
        {
            "title": "The Wey/Arun Canal",
            "paragraphs": [
                {
                    "context": "It was dug in 1813. The tunnel is 374 yards long.",
                    "qas": [
                        {
                            "id": "q1",
                            "question": "How long is the tunnel?",
                            "answers": [{"text": "374 yards", "answer_start": 34}] * 2,
                        },
                        {"id": "q2", "question": "Who dug it?", "answers": [], "is_impossible": True},
                    ],
                }
            ],
        }
    ]
}


def test_squad_gives_rows_with_the_sentence_of_the_answer_and_documents(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(SQUAD), encoding="utf-8")
    found = read_squad(path)
    answered, impossible = found.rows
    assert answered.answers == ("374 yards",)
    assert answered.sources == (GoldSource(document="The Wey-Arun Canal.md", quote="The tunnel is 374 yards long."),)
    assert not impossible.answerable
    assert not impossible.sources
    assert "It was dug in 1813." in found.documents["The Wey-Arun Canal.md"]


@pytest.mark.parametrize("content", ['{"data": 3}', "[]", '{"data": [{"title": "x"}]}', "{"])
def test_what_is_not_squad_is_said(tmp_path: Path, content: str) -> None:
    path = tmp_path / "dev.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RowsError, match=r"dev\.json is not"):
        read_squad(path)


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_text(
        '{"_id": "d1", "title": "Tunnel", "text": "374 yards."}\n{"_id": "../d2", "text": "Locks."}\n', encoding="utf-8"
    )
    (tmp_path / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "How long?"}\n{"_id": "q2", "text": "Unjudged"}\n', encoding="utf-8"
    )
    (tmp_path / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\t../d2\t0\nq2\td1\t0\n", encoding="utf-8"
    )
    return tmp_path


def test_beir_gives_the_judged_queries_with_what_is_relevant(beir: Path) -> None:
    found = read_beir(beir)
    (row,) = found.rows
    assert (row.id, row.question, row.sources) == ("q1", "How long?", (GoldSource(document="d1.txt"),))
    assert found.documents["d1.txt"] == "Tunnel\n\n374 yards.\n"
    assert not any("/" in name for name in found.documents)


def test_faults_of_beir_files_are_said_with_their_line(beir: Path) -> None:
    (beir / "qrels" / "test.tsv").write_text("q1\td1\t1\nq1 d1 1\n", encoding="utf-8")
    with pytest.raises(RowsError, match=r"Line 2 of qrels/test\.tsv"):
        read_beir(beir)
    with pytest.raises(RowsError, match="cannot be read"):
        read_beir(beir, split="dev")


def test_a_table_gives_rows_whatever_parts_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    for delimiter in ",;\t":
        lines = [
            ["Question", "answers", "answerable", "document", "page", "tags"],
            ["How long?", '"374 yards|374"', "yes", "guide.pdf", "3", "table"],
            ["Who?", "", "no", "", "", ""],
        ]
        path.write_text("\ufeff" + "\n".join(delimiter.join(line) for line in lines), encoding="utf-8")
        long, who = read_csv(path).rows
        assert long.answers == ("374 yards", "374")
        assert long.sources == (GoldSource(document="guide.pdf", page=3),)
        assert long.tags == ("table",)
        assert (who.id, who.answerable, who.sources) == ("3", False, ())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a,b\n1,2", "rows.csv has no column “question” in its first line."),
        ("question,page,document\nWhy?,x,d", "must be a whole number from 1"),
        ("question,answerable\nWhy?,perhaps", "Line 2 of rows.csv: “answerable” must be yes or no."),
        ('question\n""', "Line 2 of rows.csv has an empty “question”."),
        ("id,question\na,1\na,2", "Line 3 of rows.csv has the id “a” of an earlier row"),
        ("", "rows.csv has no column"),
    ],
)
def test_faults_of_a_table_are_said_with_their_line(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RowsError) as raised:
        read_csv(path)
    assert sentence in str(raised.value)
