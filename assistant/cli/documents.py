"""`refdesk documents`: what is on the desk."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.ingest import outcome_json, outcome_line
from assistant.cli.output import CommandError, Json, print_json
from assistant.desk import open_desk
from ingest.sources import walk

app = typer.Typer(help="List and remove documents, or make a collection the same as a folder.", no_args_is_help=True)


@app.command("list")
def list_documents(
    collection: Annotated[str | None, typer.Option(help="Only this collection.")] = None, json: Json = False
) -> None:
    """List the documents."""
    with open_desk() as desk:
        documents = desk.catalogue.documents(collection)
    for document in documents:
        if json:
            print_json(
                {
                    "document": document.name,
                    "collection": document.collection,
                    "format": document.format,
                    "bytes": document.bytes,
                    "pages": document.pages,
                    "chunks": document.chunks,
                    "added_at": document.added_at.isoformat(),
                    "sha256": document.sha256,
                    "notes": list(document.notes),
                }
            )
        else:
            print(f"{document.collection}\t{document.name}\t{document.chunks} passages")
    if not documents and not json:
        print("No documents yet: add some with “refdesk ingest PATH”.")


@app.command("remove")
def remove_documents(
    names: Annotated[list[str], typer.Argument(help="Document names, as listed.")],
    collection: Annotated[str | None, typer.Option(help="Only in this collection.")] = None,
    json: Json = False,
) -> None:
    """Remove documents by name."""
    with open_desk() as desk:
        documents = desk.catalogue.documents(collection)
        missing = set(names) - {document.name for document in documents}
        if missing:
            raise CommandError(f"There is no document “{sorted(missing)[0]}”: see “refdesk documents list”.")
        outcomes = desk.remove(document.id for document in documents if document.name in names)
    for outcome in outcomes:
        print_json(outcome_json(outcome)) if json else print(outcome_line(outcome))


@app.command("sync")
def sync_folder(
    folder: Annotated[Path, typer.Argument(help="The folder that the collection is to mirror.")],
    collection: Annotated[str | None, typer.Option(help="The collection.")] = None,
    json: Json = False,
) -> None:
    """Make a collection the same as a folder: add and update what is there, remove what is not."""
    if not folder.is_dir():
        # A mistyped folder must not empty a collection.
        raise CommandError(f"“{folder}” is not a folder: nothing was changed.")
    with open_desk() as desk:
        name = collection or desk.settings.collection
        sources = list(walk([folder], collection=name))
        if not sources:
            raise CommandError(f"“{folder}” holds no files: nothing was changed; use “refdesk documents remove”.")
        kept = {source.name for source in sources}
        outcomes = list(desk.ingest(sources))
        gone = [document.id for document in desk.catalogue.documents(name) if document.name not in kept]
        outcomes += desk.remove(gone)
    for outcome in outcomes:
        print_json(outcome_json(outcome)) if json else print(outcome_line(outcome))
