"""`refdesk search`: passages for a query."""

import time
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.output import Collections, Json, passage_json, print_json, rows_of
from assistant.desk import open_desk


def search(
    query: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    queries: Annotated[Path | None, typer.Option(help="A JSON lines file of rows with “question”.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    collection: Collections = None,
    json: Json = False,
) -> None:
    """Find passages, best first."""
    rows = rows_of(query, queries, "a query or --queries FILE")
    with open_desk() as desk:
        for row in rows:
            began = time.monotonic()
            passages = desk.search(row["question"], k=k, collections=collection or ()).passages
            if json:
                print_json(
                    {
                        "id": row["id"],
                        "query": row["question"],
                        "passages": [passage_json(passage) for passage in passages],
                        "seconds": round(time.monotonic() - began, 4),
                    }
                )
                continue
            for number, passage in enumerate(passages, start=1):
                page = f", page {passage.page}" if passage.page else ""
                print(f"{number}. {passage.document}{page} | {' > '.join(passage.headings)}\n   {passage.text}\n")
            if not passages:
                print("Nothing found.")
