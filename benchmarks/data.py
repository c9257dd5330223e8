"""Public questions with their documents, in the folder REFDESK_DATA, and how they come on a desk."""

import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.desk import Desk
from ingest.sources import walk

Row = dict[str, Any]


def train_rows(data: Path, name: str, documents: int) -> list[Row]:
    """The rows of train/qa that belong to the first so many documents of a file."""
    rows = read_rows(data / "train" / "qa" / f"{name}.jsonl")
    kept = set(list(dict.fromkeys(row["document"] for row in rows))[:documents])
    return [row for row in rows if row["document"] in kept]


def read_rows(path: Path) -> list[Row]:
    """The rows of a file in an order of their own, always the same."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    random.Random(0).shuffle(rows)
    return rows


def ingest_passages(desk: Desk, name: str, rows: Sequence[Row]) -> None:
    """A document for each title, with its passages as paragraphs."""
    documents: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: str(row["id"])):
        documents[row["document"]][" ".join(row["passage"].split())] = None
    with tempfile.TemporaryDirectory() as folder:
        for title, file in file_names(rows).items():
            Path(folder, file).write_text("\n\n".join([f"# {title}", *documents[title]]), encoding="utf-8")
        ingest_folder(desk, name, Path(folder))


def file_names(rows: Sequence[Row]) -> dict[str, str]:
    """Under which name `ingest_passages` takes each title in."""
    return {title: f"{number:04}.md" for number, title in enumerate(sorted({row["document"] for row in rows}))}


def ingest_folder(desk: Desk, name: str, folder: Path) -> None:
    """Take a folder's files in, as a collection."""
    for outcome in desk.ingest(walk([folder], collection=name)):
        assert outcome.status in ("added", "unchanged"), outcome
