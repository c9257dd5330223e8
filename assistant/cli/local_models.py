"""`refdesk models`: the models on this machine."""

from typing import Annotated

import typer

from assistant.cli.lab import card_json, entry_json
from assistant.cli.output import Json, print_json, progress_bar
from assistant.desk import open_desk

app = typer.Typer(help="List, add and remove local models.", no_args_is_help=True)


@app.command("list")
def list_models(json: Json = False) -> None:
    """List the models that can answer."""
    with open_desk() as desk:
        entries, default = desk.registry.entries(), desk.registry.promoted()
    for entry in entries:
        card = entry.card
        if json:
            print_json({**entry_json(entry), "default": card.name == default})
            continue
        mark = "*" if card.name == default else " "
        kind = "" if entry.student is None else f", {entry.student}"
        print(f"{mark} {card.name}\t{card.quantisation}\t{card.bytes / 2**20:.0f} MB\t{entry.says}{kind}")
        for line in filter(None, [entry.kept and entry.kept.verdict.says, entry.mark]):
            print(f"    {line}")


@app.command("add")
def add_model(
    source: Annotated[str, typer.Argument(help="Path or https:// address of a GGUF file, or a Hugging Face folder.")],
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
    print_json(card_json(card)) if json else print(f"Added “{card.name}”: choose it in the sidebar or with --model.")


@app.command("remove")
def remove_model(
    name: Annotated[str, typer.Argument(help="A name from “refdesk models list”.")], json: Json = False
) -> None:
    """Remove a model that was added."""
    with open_desk() as desk:
        desk.models.remove(name)
    print_json({"removed": name}) if json else print(f"Removed “{name}”.")
