"""A run as one JSON document: its rows, what came back, and every figure, which can be computed anew from them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.data_sets.rows import as_record, parse_json, read_text, row_of
from assistant.evaluation.configuration import Configuration
from assistant.evaluation.results import Result
from assistant.evaluation.runs import Run, UnknownRun
from assistant.evaluation.summaries import Asked, summarise

_FORMAT = "refdesk run 1"


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A run with its rows."""

    run: Run
    asked: Sequence[Asked]


def run_json(run: Run) -> dict[str, Any]:
    """A run as scripts read it, without its rows."""
    return {
        "id": run.id,
        "label": run.label,
        "data_set": run.data_set,
        "rows_hash": run.rows_hash,
        "configuration": run.configuration.to_json(),
        "state": run.state,
        "total": run.total,
        "done": run.done,
        "created_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "summary": run.summary.to_json() if run.summary else None,
    }


def to_json(exported: Exported) -> dict[str, Any]:
    """The whole of a run."""
    rows = [
        {"row": as_record(one.row), "result": one.result.to_json(), "measures": dict(one.measures)}
        for one in exported.asked
    ]
    return {"format": _FORMAT, **run_json(exported.run), "rows": rows}


def write_run(path: Path, exported: Exported) -> None:
    """Write a run to a JSON file; an existing one is replaced.

    Raises:
        UnknownRun: it cannot be written.
    """
    try:
        text = json.dumps(to_json(exported), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise UnknownRun(f"“{path}” cannot be written: {error.strerror}.") from None


def read_run(path: Path) -> Exported:
    """A run from the file that `write_run` made; every figure is computed anew from its rows and results.

    Raises:
        RowsError: the file cannot be read, or one of its rows is none.
        UnknownRun: it holds no run.
    """
    document = parse_json(read_text(path), path.name)
    if not isinstance(document, Mapping) or document.get("format") != _FORMAT:
        raise UnknownRun(f"“{path}” holds no run: “refdesk eval --out” writes one.")
    try:
        asked = [
            Asked.of(row_of(one["row"], f"Row {at} of {path.name}"), Result.from_json(one["result"]))
            for at, one in enumerate(document["rows"], start=1)
        ]
        run = Run(
            id=document["id"],
            label=document["label"],
            data_set=document["data_set"],
            rows_hash=document["rows_hash"],
            configuration=Configuration.from_json(document["configuration"]),
            state=document["state"],
            total=document["total"],
            done=len(asked),
            summary=None,
            created_at=datetime.fromisoformat(document["created_at"]),
            finished_at=datetime.fromisoformat(document["finished_at"]) if document["finished_at"] else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnknownRun(f"“{path}” holds a run that cannot be read: {type(error).__name__}, {error}.") from None
    return Exported(run=replace(run, summary=summarise(asked)), asked=asked)
