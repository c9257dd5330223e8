"""Data sets in other layouts as evaluation rows: SQuAD, BEIR and CSV."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.data_sets.rows import Row, RowsError, parse_json, read_text, row_of
from ingest.sentences import split_sentences

_YES, _NO = {"true", "yes", "1", "y", "x"}, {"false", "no", "0", "n"}


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """Rows, and the documents that answer them where the layout brings them along."""

    rows: list[Row]
    documents: Mapping[str, str]
    """Text by file name."""


def read_squad(path: Path) -> DataSet:
    """SQuAD 1.1 or 2.0 (Rajpurkar et al., 2016, 2018): a JSON file of articles, paragraphs and questions.

    Each article is a document; the quoted source is the sentence that the first answer stands in.

    Raises:
        RowsError: the file cannot be read or has another layout.
    """
    articles = parse_json(read_text(path), path.name)
    rows, documents = [], {}
    try:
        for article in articles["data"]:
            name = f"{_file_name(str(article['title']))}.md"
            paragraphs = [paragraph["context"] for paragraph in article["paragraphs"]]
            documents[name] = "\n\n".join([f"# {article['title']}", *paragraphs]) + "\n"
            for paragraph in article["paragraphs"]:
                rows += [_squad_row(asked, paragraph["context"], name, path.name) for asked in paragraph["qas"]]
    except (KeyError, TypeError, AttributeError):
        raise RowsError(f"{path.name} is not laid out as SQuAD: data, paragraphs, qas.") from None
    return DataSet(rows=rows, documents=documents)


def _squad_row(asked: Mapping[str, Any], context: str, document: str, name: str) -> Row:
    answers = list(dict.fromkeys(answer["text"] for answer in asked["answers"]))
    record: dict[str, Any] = {
        "id": asked["id"],
        "question": asked["question"],
        "answers": answers,
        "answerable": not asked.get("is_impossible", False),
    }
    if answers and record["answerable"]:
        quote = _sentence_at(context, int(asked["answers"][0]["answer_start"]))
        record["sources"] = [{"document": document, "quote": quote}]
    return row_of(record, f"Question {asked['id']} of {name}")


def _sentence_at(text: str, place: int) -> str:
    inside = [text[start:end] for start, end in split_sentences(text) if start <= place < end]
    return inside[0] if inside else text


def read_beir(folder: Path, *, split: str = "test") -> DataSet:
    """BEIR (Thakur et al., 2021): corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv; relevant is what scores above 0.

    Raises:
        RowsError: a file cannot be read or has another layout.
    """
    relevant: defaultdict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(read_text(folder / "qrels" / f"{split}.tsv").splitlines(), start=1):
        cells = line.split("\t")
        if number == 1 and not cells[-1].strip().lstrip("-").isdigit():
            continue
        if len(cells) != 3 or not cells[2].strip().lstrip("-").isdigit():
            raise RowsError(f"Line {number} of qrels/{split}.tsv is not “query, document, score” with tabs between.")
        if int(cells[2]) > 0:
            relevant[cells[0]].append(cells[1])
    rows = []
    for where, query in _json_lines(folder / "queries.jsonl"):
        documents = relevant.get(str(query.get("_id")), [])
        if documents:
            sources = [{"document": f"{_file_name(document)}.txt"} for document in documents]
            rows.append(row_of({"id": query.get("_id"), "question": query.get("text"), "sources": sources}, where))
    return DataSet(rows=rows, documents=dict(_beir_documents(folder / "corpus.jsonl")))


def _beir_documents(path: Path) -> Iterator[tuple[str, str]]:
    for where, document in _json_lines(path):
        if not isinstance(document.get("_id"), str) or not isinstance(document.get("text"), str):
            raise RowsError(f"{where} has no “_id” and “text”.")
        title = document.get("title") or ""
        yield f"{_file_name(document['_id'])}.txt", "\n\n".join(filter(None, [str(title), document["text"]])) + "\n"


def _json_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            where = f"Line {number} of {path.name}"
            record = parse_json(line, where)
            if not isinstance(record, dict):
                raise RowsError(f"{where} is no object.")
            yield where, record


def read_csv(path: Path) -> DataSet:
    """A table with the columns question and, as far as wanted, id, answers, answerable, document, page, quote, tags.

    Commas, semicolons or tabs are between the cells. Several answers stand on lines of their own in their cell, or
    have bars between them; so do tags. A row without an id gets its line's number.

    Raises:
        RowsError: the file cannot be read, has no column “question”, or a line is no row.
    """
    table = io.StringIO(read_text(path), newline="")
    heading = table.readline()
    table.seek(0)
    delimiter = max(",;\t", key=heading.count)
    reader = csv.DictReader(table, delimiter=delimiter)
    columns = [(column or "").strip().lower() for column in reader.fieldnames or ()]
    if "question" not in columns:
        raise RowsError(f"{path.name} has no column “question” in its first line.")
    reader.fieldnames = columns
    rows: dict[str, Row] = {}
    try:
        for cells in reader:
            where = f"Line {reader.line_num} of {path.name}"
            row = row_of(_csv_record(cells, reader.line_num, where), where)
            if row.id in rows:
                raise RowsError(f"{where} has the id “{row.id}” of an earlier row; give each row an id of its own.")
            rows[row.id] = row
    except csv.Error as error:
        raise RowsError(f"Line {reader.line_num} of {path.name} is no table: {error}.") from None
    return DataSet(rows=list(rows.values()), documents={})


def _csv_record(cells: Mapping[str, Any], number: int, where: str) -> dict[str, Any]:
    def cell(*names: str) -> str:
        return next((str(cells[name]).strip() for name in names if cells.get(name)), "")

    answerable = cell("answerable").lower()
    if answerable not in _YES | _NO | {""}:
        raise RowsError(f"{where}: “answerable” must be yes or no.")
    record: dict[str, Any] = {
        "id": cell("id") or str(number),
        "question": cell("question"),
        "answers": _several(cell("answers", "answer")),
        "answerable": answerable not in _NO,
        "tags": _several(cell("tags")),
    }
    if cell("document"):
        page = cell("page")
        record["sources"] = [
            {
                "document": cell("document"),
                "page": int(page) if page.isdecimal() else page or None,
                "quote": cell("quote") or None,
            }
        ]
    return record


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.replace("|", "\n").split("\n") if part.strip()]


def _file_name(title: str) -> str:
    """A title as the name of a file: without what parts folders."""
    kept = "".join(char if char.isalnum() or char in " ._-()" else "-" for char in title)
    return kept.strip(" .") or "document"
