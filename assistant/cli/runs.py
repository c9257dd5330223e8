"""`refdesk runs`: what was evaluated so far."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.output import Json, counting, print_json
from assistant.cli.run_table import runs_table, summary_lines
from assistant.desk import Desk, open_desk
from assistant.evaluation.experiments import Shown
from assistant.evaluation.export import Exported, run_json, to_json, write_run

app = typer.Typer(help="What was evaluated so far.", no_args_is_help=True)

_STILL_S = 20.0
"""Without anything being taken, and the rest is left to the desk."""

RunId = Annotated[str, typer.Argument(help="Id of a run, or the beginning of one.")]


@app.command("list")
def list_runs(
    data_set: Annotated[str | None, typer.Option(help="Only those of this data set.")] = None, json: Json = False
) -> None:
    """Runs, the newest first."""
    with open_desk() as desk:
        runs = desk.evaluation.runs(data_set)
    if json:
        for run in runs:
            print_json(run_json(run))
    else:
        print("\n".join(runs_table(runs)) if runs else "No run yet: see “refdesk eval --help”.")


@app.command("show")
def show(run_id: RunId, json: Json = False) -> None:
    """A run with all its measures; with --json, its rows too."""
    with open_desk() as desk:
        run = desk.evaluation.run(run_id)
        if json:
            print_json(to_json(Exported(run=run, asked=desk.evaluation.asked(run.id))))
        else:
            print("\n".join(summary_lines(run)))


@app.command("remove")
def remove(run_id: RunId, json: Json = False) -> None:
    """Forget a run with its results."""
    with open_desk() as desk:
        run = desk.evaluation.remove(run_id)
    print_json({"removed": run.id}) if json else print(f"Removed “{run.label}”.")


@app.command("push")
def push(run_id: RunId, json: Json = False) -> None:
    """Show a run in Langfuse, as an experiment on its data set, which is to be pushed before."""
    with open_desk() as desk:
        shown, left = show_in_langfuse(desk, run_id, quiet=json)
    print_json(vars(shown) | {"waiting": left}) if json else print("\n".join(shown_lines(shown, left)))


@app.command("export")
def export(
    run_id: RunId, file: Annotated[Path, typer.Argument(help="A JSON file; an existing one is replaced.")]
) -> None:
    """Write a run with its rows to a file."""
    with open_desk() as desk:
        run = desk.evaluation.run(run_id)
        write_run(file, Exported(run=run, asked=desk.evaluation.asked(run.id)))
    print(f"“{run.label}” written to {file}")


def show_in_langfuse(desk: Desk, run_id: str, *, quiet: bool) -> tuple[Shown, int]:
    """Push a run; gives what was written down, and how much of all that waits is not sent yet."""
    with counting("Writing down", quiet=quiet) as told:
        shown = desk.experiments.push(run_id, told=told)
    with counting("Sending", quiet=quiet) as told:
        return shown, _send(desk, told)


def shown_lines(shown: Shown, left: int) -> Iterator[str]:
    """What was pushed, for people."""
    yield f"“{shown.name}”: {shown.rows} rows, {shown.scores} scores."
    if shown.left_out:
        yield f"{shown.left_out} rows are left out: the data set in Langfuse does not have them."
    if left:
        yield f"{left} traces and scores wait, and are sent while the desk runs: see “refdesk doctor”."


def _send(desk: Desk, told: Callable[[int, int], None]) -> int:
    """Send what waits, while it is taken; gives how much still waits."""
    assert desk.sender is not None
    desk.sender.start()
    of = left = desk.outbox.waiting().rows
    moved_at = time.monotonic()
    while left and time.monotonic() - moved_at < _STILL_S:
        time.sleep(0.2)
        now = desk.outbox.waiting().rows
        if now != left:
            left, moved_at = now, time.monotonic()
            told(max(of - left, 0), of)
    return left
