"""`refdesk eval`: how good the answers to a data set are."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.output import Collections, CommandError, Json, print_json, progress_bar
from assistant.cli.run_table import runs_table, summary_lines
from assistant.cli.runs import show_in_langfuse, shown_lines
from assistant.data_sets.reading import called
from assistant.desk import Desk, open_desk
from assistant.evaluation.export import Exported, run_json, write_run
from assistant.evaluation.gate import read_gate
from assistant.evaluation.report import run_report, write_report
from assistant.evaluation.running import AT_ONCE, Plan, Progress
from assistant.evaluation.runs import Run
from assistant.settings import load_settings

_LINES_APART_S = 15.0
"""Between the lines of progress where nobody watches a bar."""


def evaluate(
    data_set: Annotated[
        str, typer.Argument(help="A set of the catalogue, a JSON lines, SQuAD or CSV file, or a BEIR folder.")
    ],
    backend: Annotated[str | None, typer.Option(help="Who answers; several with commas between.")] = None,
    model: Annotated[str | None, typer.Option(help="The backend's model.")] = None,
    prompt: Annotated[str | None, typer.Option(help="How to answer; several with commas between.")] = None,
    collection: Collections = None,
    part: Annotated[str | None, typer.Option(help="Only this part of a split set: train, dev or test.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first rows.")] = None,
    label: Annotated[str, typer.Option(help="What to call the run.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the run to this JSON file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report to this HTML file.")] = None,
    fail_under: Annotated[
        Path | None, typer.Option(help="A TOML file of floors and ceilings; exit with 1 where one is not kept.")
    ] = None,
    judge: Annotated[
        str | None, typer.Option(help="Let a model judge the answers: hosted, local, or a hosted model’s name.")
    ] = None,
    resume: Annotated[str | None, typer.Option(help="Go on with this unfinished run.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask again what was answered before.")] = False,
    retrieval_only: Annotated[
        bool, typer.Option("--retrieval-only", help="Look for the passages and answer nothing.")
    ] = False,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Rows asked at once of a hosted backend.")] = AT_ONCE,
    langfuse: Annotated[
        bool, typer.Option("--langfuse", help="Show the runs in Langfuse as experiments, when they are done.")
    ] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting for this time, as retrieval.ranking=bm25.")
    ] = None,
    json: Json = False,
) -> None:
    """Ask the rows of a data set and measure what comes back; one run for each backend × prompt."""
    gate = read_gate(fail_under) if fail_under else None
    with open_desk(load_settings(settings or ())) as desk:
        if langfuse:
            desk.experiments.check(data_set)  # before hours of asking, not after
        rows = desk.evaluation.rows(data_set, part=part, limit=limit)
        grid = desk.evaluation.grid(
            backends=_several(backend), prompts=_several(prompt), model=model, collections=collection or ()
        )
        if out is not None and len(grid) > 1:
            raise CommandError("--out writes one run: name one backend and one prompt, or use “refdesk runs export”.")
        strangers = desk.evaluation.strangers(rows, collection or ())
        runs: list[Run] = []
        for choices in grid:
            plan = Plan(
                data_set=called(data_set, part),
                rows=rows,
                choices=choices,
                label=label,
                retrieval_only=retrieval_only,
                fresh=fresh,
                resume=resume,
                at_once=at_once,
                judge=judge,
            )
            runs.append(_run(desk, plan, strangers=() if runs else strangers, quiet=json))
        if out is not None or html is not None:
            exported = [Exported(run=run, asked=desk.evaluation.asked(run.id)) for run in runs]
            if out is not None:
                write_run(out, exported[0])
            if html is not None:
                write_report(html, run_report(exported))
        pushed = [show_in_langfuse(desk, run.id, quiet=json) for run in runs] if langfuse else []
    if json:
        for run in runs:
            print_json(run_json(run))
    else:
        print("\n".join(summary_lines(runs[0]) if len(runs) == 1 else runs_table(runs)))
        print(
            "\n".join(line for shown, left in pushed for line in shown_lines(shown, left)), end="\n" if pushed else ""
        )
    misses = [f"{run.label}: {miss}" for run in runs for miss in (gate.misses(run) if gate else ())]
    print("\n".join(misses), end="\n" if misses else "", file=sys.stderr)
    if misses:
        raise typer.Exit(1)


def _run(desk: Desk, plan: Plan, *, strangers: Sequence[str], quiet: bool) -> Run:
    begun: list[Run] = []
    with _shown(quiet) as show:

        def progress(of: Progress) -> None:
            if not begun:
                _warn_of(strangers)
            begun[:] = [of.run]
            show(of)

        try:
            return desk.evaluation.evaluate(plan, progress=progress)
        except KeyboardInterrupt:
            if begun:
                again = f"Go on with the same command, or with --resume {begun[0].id}."
                print(f"Interrupted; what was asked is kept. {again}", file=sys.stderr)
            raise typer.Exit(130) from None


@contextmanager
def _shown(quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """Shows progress on stderr: a bar where somebody watches, else a line now and then."""
    with progress_bar(quiet=quiet) as bars:
        task = bars.add_task("Asking", total=None, rate="")
        stage, began, before, told = "", 0.0, 0, time.monotonic()

        def show(of: Progress) -> None:
            nonlocal stage, began, before, told
            now = time.monotonic()
            if of.stage != stage:
                stage, began, before = of.stage, now, of.done
            rate = (of.done - before) / (now - began) if of.done > before else None
            bars.update(task, description=f"{of.run.label} ({of.stage})", total=of.total, completed=of.done)
            if rate is None:
                return
            speed = f"{rate:.1f} rows/s" if rate >= 1 else f"{1 / rate:.1f} s a row"
            bars.update(task, rate=speed)
            if not quiet and not sys.stderr.isatty() and now - told >= _LINES_APART_S:
                told = now
                left = (of.total - of.done) / rate
                print(f"{of.done} of {of.total} rows ({of.stage}), {speed}, {left:.0f} s left", file=sys.stderr)

        yield show


def _warn_of(strangers: Sequence[str]) -> None:
    """Of documents that the desk does not have."""
    if strangers:
        shown = ", ".join(strangers[:3]) + (", …" if len(strangers) > 3 else "")
        print(f"Not on the desk, although rows rest on it: {shown} ({len(strangers)} in all).", file=sys.stderr)


def _several(names: str | None) -> list[str]:
    return [name.strip() for name in (names or "").split(",") if name.strip()]
