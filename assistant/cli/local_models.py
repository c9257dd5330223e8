"""`refdesk models`: the models on this machine."""

from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli.output import Json, print_json, progress_bar
from assistant.desk import open_desk
from models.registry import ModelCard

app = typer.Typer(help="List, add and remove local models.", no_args_is_help=True)


@app.command("list")
def list_models(json: Json = False) -> None:
    """List the models that can answer."""
    with open_desk() as desk:
        cards, chosen = desk.models.list(), desk.settings.local.model
    for card in cards:
        if json:
            print_json({**_card_json(card), "default": card.name == chosen})
        else:
            mark = "*" if card.name == chosen else " "
            print(f"{mark} {card.name}\t{card.quantisation}\t{card.bytes / 2**20:.0f} MB\t{card.source}")


@app.command("add")
def add_model(
    source: Annotated[str, typer.Argument(help="Path or https:// address of a GGUF file.")],
    sha256: Annotated[str | None, typer.Option(help="What the file's SHA-256 must be.")] = None,
    name: Annotated[str | None, typer.Option(help="What to call it; the file's name by default.")] = None,
    json: Json = False,
) -> None:
    """Add a model; it can be chosen at once."""
    with open_desk() as desk, progress_bar(quiet=json) as bars:
        task = bars.add_task("Fetching, in MB", total=None, rate="")

        def show(done: int, total: int | None) -> None:
            bars.update(task, completed=done >> 20, total=total and total >> 20)

        card = desk.models.add(source, sha256=sha256, name=name, progress=show, cancel=None)
    print_json(_card_json(card)) if json else print(f"Added “{card.name}”: choose it in the sidebar or with --model.")


@app.command("remove")
def remove_model(
    name: Annotated[str, typer.Argument(help="A name from “refdesk models list”.")], json: Json = False
) -> None:
    """Remove a model that was added."""
    with open_desk() as desk:
        desk.models.remove(name)
    print_json({"removed": name}) if json else print(f"Removed “{name}”.")


def _card_json(card: ModelCard) -> dict[str, Any]:
    return {
        "name": card.name,
        "file": str(Path(card.path)),
        "sha256": card.sha256,
        "bytes": card.bytes,
        "architecture": card.architecture,
        "context_tokens": card.context_tokens,
        "quantisation": card.quantisation,
        "source": card.source,
        "beats_quote": card.beats_quote,
    }
