"""`refdesk ingest`: documents in."""

import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli.output import Json, print_json, progress_bar
from assistant.desk import open_desk
from ingest.ingestion import Outcome, Progress
from ingest.sources import walk


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.")],
    collection: Annotated[str | None, typer.Option(help="Where the documents go.")] = None,
    json: Json = False,
) -> None:
    """Add or update documents: prints what became of each."""
    began = time.monotonic()
    counts: Counter[str] = Counter()
    with open_desk() as desk, progress_bar(quiet=json) as bars:
        sources = list(walk(paths, collection=collection or desk.settings.collection))
        task = bars.add_task("Reading", total=len(sources), rate="")

        def show(event: Progress) -> None:
            of = f" {event.done}/{event.total}" if event.total else ""
            bars.update(task, description=f"{event.source.name} ({event.stage}{of})")

        for outcome in desk.ingest(sources, progress=show):
            counts[outcome.status] += 1
            rate = sum(counts.values()) / (time.monotonic() - began)
            bars.update(task, advance=1, rate=f"{rate:.1f} documents/s")
            if json:
                print_json(outcome_json(outcome))
            else:
                bars.console.print(outcome_line(outcome), highlight=False, markup=False, soft_wrap=True)
    summary = {**counts, "documents": sum(counts.values()), "seconds": round(time.monotonic() - began, 3)}
    if json:
        print_json({"summary": summary})
    else:
        print(", ".join(f"{number} {status}" for status, number in counts.items()) or "Nothing there to take in.")
    if counts["failed"]:
        raise typer.Exit(1)


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as scripts read it."""
    return {
        "document": outcome.document,
        "collection": outcome.collection,
        "status": outcome.status,
        "pages": outcome.pages,
        "chunks": outcome.chunks,
        "seconds": round(outcome.seconds, 3),
        "error": outcome.error,
        "notes": list(outcome.notes),
    }


def outcome_line(outcome: Outcome) -> str:
    """An outcome as people read it."""
    if outcome.error:
        return f"failed     {outcome.error}"
    pages = f", {outcome.pages} pages" if outcome.pages else ""
    notes = f" ({'; '.join(outcome.notes)})" if outcome.notes else ""
    return f"{outcome.status:<10} {outcome.document}: {outcome.chunks} passages{pages}{notes}"
