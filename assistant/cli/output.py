"""What the command line prints: JSON on stdout and nothing else, progress on stderr, errors in a sentence."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from assistant.data_sets.rows import RowsError
from assistant.evaluation.gate import GateError
from assistant.evaluation.runs import UnknownRun
from assistant.improvement.errors import ImprovementError
from assistant.prompts import PromptError, UnknownPrompt
from assistant.registry.errors import RegistryError
from assistant.retrieval import UnknownCollection
from assistant.schema import SchemaError
from assistant.settings import SettingsError
from assistant.summarising import SummaryError
from assistant.tracing.project import LangfuseError
from assistant.trials import TrialError
from ingest.catalogue import Passage
from ingest.parsing import ParseError
from ingest.reindexing import ReindexingError
from ingest.sources import SourceError
from models.backend import BackendError
from models.registry import ModelFileError
from models.training import FittingError
from models.tuning.errors import TuningError


class CommandError(Exception):
    """A command cannot do what it was asked; one sentence."""


PROBLEMS = (
    BackendError,
    CommandError,
    FittingError,
    GateError,
    ImprovementError,
    LangfuseError,
    ModelFileError,
    ParseError,
    PromptError,
    RegistryError,
    ReindexingError,
    RowsError,
    SchemaError,
    SettingsError,
    SourceError,
    SummaryError,
    TrialError,
    TuningError,
    UnknownCollection,
    UnknownPrompt,
    UnknownRun,
)
"""Errors whose message is a sentence for people."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]
Collections = Annotated[list[str] | None, typer.Option("--collection", help="Only these collections.")]


def print_json(value: Any) -> None:
    """One JSON document on one line, at once."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def rows_of(one: str | None, file: Path | None, either: str) -> Iterator[dict[str, Any]]:
    """The one question as a row, or the rows of a JSON lines file, each with an “id” and a “question”.

    Raises:
        CommandError: not just one of the two was given (`either` names them), or the file holds no such rows.
    """
    if (one is None) == (file is None):
        raise CommandError(f"Give either {either}.")
    return iter([{"id": "1", "question": one}]) if file is None else read_rows(file, "question")


def read_rows(path: Path, key: str) -> Iterator[dict[str, Any]]:
    """The rows of a JSON lines file, each with an “id” and, as text, what `key` names.

    Raises:
        CommandError: the file holds no such rows.
    """
    try:
        # Not splitlines: a JSON text may hold the other line ends of Unicode as they are.
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"“{path}” cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise CommandError(f"“{path}”, line {number} is not JSON: {error.msg}.") from error
        if not isinstance(row, dict) or not isinstance(row.get(key), str):
            raise CommandError(f"“{path}”, line {number} has no “{key}”.")
        yield {"id": str(number), **row}


def passage_json(passage: Passage) -> dict[str, Any]:
    """A passage as scripts read it."""
    return {
        "document": passage.document,
        "collection": passage.collection,
        "page": passage.page,
        "heading": " > ".join(passage.headings) or None,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "score": round(passage.score, 6),
    }


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Progress]:
    """Progress on stderr, with a rate and the time left; silent where nobody watches."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=quiet or not sys.stderr.isatty()) as progress:
        yield progress


@contextmanager
def counting(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """What shows on stderr how many of how many are done, at what rate."""
    began = time.monotonic()
    with progress_bar(quiet) as bar:
        task = bar.add_task(what, total=None, rate="")

        def told(done: int, of: int) -> None:
            seconds = time.monotonic() - began
            bar.update(task, completed=done, total=of, rate=f"{done / seconds:.0f} rows/s" if seconds else "")

        yield told
