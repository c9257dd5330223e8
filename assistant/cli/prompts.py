"""`refdesk prompts`: how models are asked."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.output import CommandError, Json, print_json
from assistant.desk import open_desk
from assistant.prompts import SUMMARY, PromptVersion

app = typer.Typer(help="How models are asked: prompts and their versions.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A prompt, as “direct”, or one version of it, as “direct@2”.")]


@app.command("list")
def list_prompts(json: Json = False) -> None:
    """All prompts with their newest versions; a star marks the default."""
    with open_desk() as desk:
        default = desk.prompts.default
        newest = [desk.prompts.version(name) for name in [*desk.prompts.names(), SUMMARY]]
    for version in newest:
        is_default = default in {version.name, version.id}
        if json:
            print_json(_as_json(version) | {"default": is_default})
        else:
            print(f"{'*' if is_default else ' '} {version.id}\t{version.prompt.label}")
    if not json and default not in {name for version in newest for name in (version.name, version.id)}:
        print(f"The default is {default}.")


@app.command("show")
def show(
    name: Name,
    against: Annotated[str | None, typer.Option(help="Another version, to see what differs from it.")] = None,
    json: Json = False,
) -> None:
    """The text of a prompt, with its earlier versions; or what differs between two."""
    with open_desk() as desk:
        version = desk.prompts.version(name)
        versions = desk.prompts.versions(version.name)
        difference = desk.prompts.difference(against, version.id) if against else []
    if json:
        history = [_as_json(one) for one in versions]
        print_json(_as_json(version) | {"text": version.text, "versions": history, "difference": difference})
    elif against:
        print("\n".join(difference) or "Nothing differs.")
    else:
        print(version.text)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="A prompt that there is, or the name of a new one.")],
    file: Annotated[Path, typer.Argument(help="Its text, as “refdesk prompts show” prints one.")],
    json: Json = False,
) -> None:
    """Keep a text as the next version of a prompt."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"“{file}” cannot be read: {error}.") from error
    with open_desk() as desk:
        version = desk.prompts.save(name, text)
    print_json(_as_json(version)) if json else print(f"Kept as {version.id}.")


@app.command("restore")
def restore(name: Name, json: Json = False) -> None:
    """Make an earlier version the newest again."""
    with open_desk() as desk:
        version = desk.prompts.restore(name)
    print_json(_as_json(version)) if json else print(f"Kept as {version.id}.")


@app.command("default")
def default(
    name: Annotated[str | None, typer.Argument(help="“direct” goes with its newest version, “direct@2” stays.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the setting answer.prompt.")] = False,
) -> None:
    """Say, or choose, how questions are answered until somebody chooses otherwise."""
    if name is not None and reset:
        raise CommandError("Give either a prompt or --reset.")
    with open_desk() as desk:
        if name is not None or reset:
            desk.prompts.set_default(name)
        print(desk.prompts.default)


def _as_json(version: PromptVersion) -> dict[str, object]:
    return {
        "prompt": version.id,
        "name": version.name,
        "version": version.version,
        "label": version.prompt.label,
        "description": version.prompt.description,
        "written_at": version.written_at.isoformat() if version.written_at else None,
    }
