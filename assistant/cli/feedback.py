"""`refdesk feedback`: what people thought of answers."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli.output import CommandError, Json, print_json
from assistant.desk import open_desk
from assistant.feedback import VotedTurn

app = typer.Typer(help="What people thought of answers.", no_args_is_help=True)


@app.command("list")
def list_votes(
    down: Annotated[bool, typer.Option("--down", help="Only thumbs down.")] = False,
    up: Annotated[bool, typer.Option("--up", help="Only thumbs up.")] = False,
    json: Json = False,
) -> None:
    """Votes with their answers, the newest first."""
    with open_desk() as desk:
        for voted in desk.feedback.votes(value=_value(down=down, up=up)):
            if json:
                print_json(_as_json(voted))
            else:
                _print(voted)


@app.command("export")
def export(file: Annotated[Path, typer.Argument(help="A JSON lines file; an existing one is replaced.")]) -> None:
    """Write all votes with their answers to a file."""
    try:
        with open_desk() as desk, file.open("w", encoding="utf-8") as out:
            lines = [json.dumps(_as_json(voted), ensure_ascii=False) + "\n" for voted in desk.feedback.votes()]
            out.writelines(lines)
    except OSError as error:
        raise CommandError(f"“{file}” cannot be written: {error.strerror}.") from error
    print(f"{len(lines)} votes written to {file}")


def _value(*, down: bool, up: bool) -> int | None:
    if down == up:
        return None
    return -1 if down else 1


def _as_json(voted: VotedTurn) -> dict[str, Any]:
    finished = voted.answered.finished
    return {
        "trace_id": voted.trace_id,
        "at": voted.changed_at.isoformat(),
        "vote": "up" if voted.vote.value > 0 else "down",
        "reasons": list(voted.vote.reasons),
        "comment": voted.vote.comment,
        "better_answer": voted.vote.better_answer,
        "question": voted.answered.question,
        "searched": voted.answered.query,
        "answer": finished.answer if finished else None,
        "citations": [
            {"n": citation.n, "document": citation.document, "page": citation.page, "quote": citation.quote}
            for citation in (finished.citations if finished else ())
        ],
        "backend": finished.backend if finished else None,
        "model": finished.model if finished else None,
        "prompt": finished.prompt if finished else None,
    }


def _print(voted: VotedTurn) -> None:
    row = _as_json(voted)
    print(f"{row['vote']:4}  {voted.changed_at:%Y-%m-%d %H:%M}  {row['question']}")
    for said in (", ".join(row["reasons"]), row["comment"], row["better_answer"] and f"Better: {row['better_answer']}"):
        if said:
            print(f"      {said}")
