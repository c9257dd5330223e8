"""Questions with and without an answer, and what the desk finds out about each."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.desk import Desk
from assistant.events import Context, Source
from assistant.retrieval import Retrieval, spread_of
from assistant.rewriting import background
from assistant.samples import SAMPLES
from benchmarks.data import ingest_folder, ingest_passages, read_rows, train_rows
from benchmarks.questions import says
from benchmarks.quoting import TRAIN, answers
from ingest.catalogue import Passage
from ingest.index.analysis import query_terms

FIT = {"squad2_cs224n_dev": 1500, "qed_dev": 600, "covidqa": 500}
"""Sets in train/qa that are fitted to, and how many questions of each."""
CHECK = {"clapnq": 307, "xquad-en": 400, "samples": 40, "mtrag": 142}
"""Sets that are only looked at, and how many questions of each. Of MTRAG those whose passages are there, asked in
their conversations."""
STRAYED = {
    "qed_dev of squad2_cs224n_dev": True,
    "squad2_cs224n_dev of qed_dev": True,
    "covidqa of scifact": True,
    "xquad-en of samples": False,
    "samples of xquad-en": False,
    "samples of covidqa": False,
    "clapnq of xquad-en": False,
    "qed_dev of clapnq": False,
}
"""Whose questions are asked of whose documents, and whether that is fitted to."""

_STRAYED = 120
"""Questions of each."""
_LONG = 12
"""Words from which an answer counts as given by any passage of its document."""
_SHOWN = 8
_FOUND = 3 * _SHOWN
_NEAREST = 60

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question with what was found out about it."""

    set: str
    kind: str
    """"as asked"; "removed", of everything that holds its answer; "strayed", asked of documents about other things."""
    answerable: bool
    right: bool
    """Whether the best-supported candidate holds an answer."""
    signs: list[float]
    on_topic: float
    nearest: float


def all_asked(desk: Desk, data: Path) -> Iterator[Asked]:
    """All questions of all sets; takes in what the desk does not have."""
    rows = _rows(desk, data)
    for name, most in (FIT | CHECK).items():
        for row in rows[name][:most]:
            yield from _as_asked_and_removed(desk, name, row)
    for strayed in STRAYED:
        name, _, other = strayed.partition(" of ")
        for row in rows[name][-_STRAYED:]:
            found, behind = _search(desk, other, row)
            yield _asked(desk, row, found, behind, name=strayed, kind="strayed")


def _rows(desk: Desk, data: Path) -> dict[str, list[Row]]:
    rows = {}
    for name in FIT:
        rows[name] = train_rows(data, name, TRAIN[name][0])
        ingest_passages(desk, name, rows[name])
    for name in ("clapnq", "xquad-en", "scifact"):
        rows[name] = read_rows(data / "eval" / name / "rows.jsonl")
        ingest_folder(desk, name, data / "eval" / name / "documents")
    rows["samples"] = read_rows(SAMPLES / "rows.jsonl")
    ingest_folder(desk, "samples", SAMPLES / "documents")
    rows["mtrag"] = _mtrag(desk, data / "rewrite" / "mtrag-human" / "evaluations")
    return rows


def _mtrag(desk: Desk, folder: Path) -> list[Row]:
    """The tasks that people have judged; those that are answered in part, or are no question, are left out."""
    (path,) = folder.glob("*human_evaluations.json")
    known = json.loads(path.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as texts:
        for document in known["documents"]:
            title = document.get("title") or ""
            text = f"# {title}\n\n{document['text']}" if title else document["text"]
            Path(texts, f"{document['document_id']}.md").write_text(text, encoding="utf-8")
        ingest_folder(desk, "mtrag", Path(texts))
    roles = {"user": "user", "agent": "assistant"}
    return [
        {
            "question": task["input"][-1]["text"],
            "history": [{"role": roles[said["speaker"]], "content": said["text"]} for said in task["input"][:-1]],
            "answers": [target["text"] for target in task["targets"]],
            "answerable": task["Answerability"] == ["ANSWERABLE"],
            "sources": [{"document": f"{context['document_id']}.md"} for context in task["contexts"]],
        }
        for task in known["tasks"]
        if task["Answerability"] in (["ANSWERABLE"], ["UNANSWERABLE"])
    ]


def _as_asked_and_removed(desk: Desk, name: str, row: Row) -> Iterator[Asked]:
    found, behind = _search(desk, name, row)
    yield _asked(desk, row, found, behind, name=name, kind="as asked")
    left = [passage for passage in found.passages if not _holds(passage, row)]
    if not row["answerable"] or not left or len(left) == len(found.passages):
        return
    collections = [desk.catalogue.collections()[name]]
    near = desk.dense.query(found.vector, collections, _NEAREST, generation=desk.catalogue.generation())
    known = desk.catalogue.passages([chunk_id for chunk_id, _ in near])
    others = [(known[id_], cosine) for id_, cosine in near if id_ in known and not _holds(known[id_], row)]
    without = replace(
        found,
        passages=tuple(left),
        nearest=others[0][1] if others else 0.0,
        spread=spread_of([passage for passage, _ in others]),
    )
    yield _asked(desk, row, without, behind, name=name, kind="removed")


def _search(desk: Desk, collection: str, row: Row) -> tuple[Retrieval, str]:
    context = Context.of(row.get("history", ()))
    behind = background(row["question"], context.questions, context.answers)
    return desk.retriever.search(row["question"], k=_FOUND, collections=[collection], background=behind), behind


def _asked(desk: Desk, row: Row, found: Retrieval, behind: str, *, name: str, kind: str) -> Asked:
    sources = [Source(n=n, passage=passage) for n, passage in enumerate(found.passages[:_SHOWN], start=1)]
    weighed = desk.quoter.weigh(row["question"], found, sources, background=behind)
    answerable = bool(row["answerable"]) and kind == "as asked"
    right = False
    if answerable and weighed.candidates:
        best = weighed.candidates[int(weighed.support.argmax())]
        right = _holds(best.source.passage, row) if _is_long(row) else answers(best, row)
    return Asked(
        set=name,
        kind=kind,
        answerable=answerable,
        right=right,
        signs=weighed.signs.tolist(),
        on_topic=weighed.on_topic,
        nearest=found.nearest,
    )


def _holds(passage: Passage, row: Row) -> bool:
    """Whether a passage says an answer, or is of a document that a long answer was made from."""
    if _is_long(row):
        return any(source["document"] == passage.document for source in row["sources"])
    return says(f"{passage.header or ''} {passage.text}", row["answers"])


def _is_long(row: Row) -> bool:
    return "sources" in row and any(len(query_terms(answer)) > _LONG for answer in row["answers"])
