"""`refdesk embedding`: the model that turns text into vectors, fitted to the desk's documents or chosen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer

from assistant.cli.output import Json, print_json, progress_bar
from assistant.desk import Desk, open_desk
from assistant.embedding.gate import RowSet
from assistant.embedding.happening import Outcome, Progress, Report, Shown
from assistant.embedding.rowsets import guards_of, rowset
from models.training import Fitting

app = typer.Typer(help="The model that turns text into vectors.", no_args_is_help=True)

Rows = Annotated[list[str] | None, typer.Option("--rows", help="A data set, or a JSON lines file of rows.")]
Guards = Annotated[
    list[str] | None, typer.Option("--guard", help="Rows on which nothing may be lost; the samples' by default.")
]
Within = Annotated[
    list[str] | None, typer.Option("--collection", help="Where the rows' documents are; all by default.")
]


@app.command("list")
def list_models(json: Json = False) -> None:
    """List the embedding models: * is used, - is what rollback goes back to."""
    with open_desk() as desk:
        shown = desk.embeddings.list()
    for each in shown:
        if json:
            print_json(_shown_json(each))
            continue
        mark = "*" if each.is_used else "-" if each.is_before else " "
        print(f"{mark} {each.card.name}\t{each.vectors} vectors\tfrom {each.card.source}")
        if each.card.verdict:
            print(f"    {each.card.verdict}")


@app.command("fit")
def fit(
    name: Annotated[str, typer.Argument(help="What to call the new model.")],
    rows: Rows = None,
    guard: Guards = None,
    collection: Within = None,
    made: Annotated[bool, typer.Option("--made", help="Learn from pairs made of the documents too.")] = False,
    hard_negatives: Annotated[
        bool, typer.Option("--hard-negatives", help="Learn too what search finds best and no row names: slower.")
    ] = False,
    epochs: Annotated[int, typer.Option(min=1, max=20, help="How often each pair is learnt from.")] = 1,
    json: Json = False,
) -> None:
    """Fit a model to the documents; it is used if search is shown to be better with it on rows it has not met."""
    with open_desk() as desk, _shown_progress(quiet=json) as report:
        outcome = desk.embeddings.fit(
            name,
            _rowsets(desk, rows, collection),
            _guards(desk, rows, guard),
            made=made,
            mined=hard_negatives,
            fitting=Fitting(epochs=epochs),
            report=report,
        )
    _print(outcome, json=json)


@app.command("use")
def use(
    model: Annotated[str, typer.Argument(help="A name from the list, or a folder, which is copied in.")],
    rows: Rows = None,
    guard: Guards = None,
    collection: Within = None,
    json: Json = False,
) -> None:
    """Use another model, once all passages are embedded with it; with --rows only if search is better with it."""
    with open_desk() as desk, _shown_progress(quiet=json) as report:
        sets = _rowsets(desk, rows, collection)
        compare = (
            RowSet(
                name=", ".join(each.name for each in sets),
                rows=[row for each in sets for row in each.rows],
                collections=tuple(collection or ()),
            )
            if sets
            else None
        )
        outcome = desk.embeddings.use(model, compare, _guards(desk, rows, guard) if sets else (), report=report)
    _print(outcome, json=json)


@app.command("rollback")
def rollback(json: Json = False) -> None:
    """Use again what was used before."""
    with open_desk() as desk, _shown_progress(quiet=json) as report:
        outcome = desk.embeddings.rollback(report=report)
    _print(outcome, json=json)


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="A name from the list.")], json: Json = False) -> None:
    """Delete a model that is not used, and its vectors; of the packaged one only the vectors."""
    with open_desk() as desk:
        desk.embeddings.remove(name)
    print_json({"removed": name}) if json else print(f"Removed “{name}”.")


def _rowsets(desk: Desk, names: Sequence[str] | None, collections: Sequence[str] | None) -> list[RowSet]:
    return [rowset(desk.catalogue, name, tuple(collections or ())) for name in names or ()]


def _guards(desk: Desk, rows: Sequence[str] | None, guards: Sequence[str] | None) -> list[RowSet]:
    if guards is not None:
        return [rowset(desk.catalogue, name) for name in guards]
    return guards_of(desk.catalogue, besides=rows or ())


@contextmanager
def _shown_progress(*, quiet: bool) -> Iterator[Report]:
    with progress_bar(quiet=quiet) as bars:
        task = bars.add_task("Preparing", total=None, rate="")

        def report(event: Progress) -> None:
            loss = f", loss {event.loss:.3f}" if event.loss is not None and event.loss == event.loss else ""
            rate = f"{event.rate:.1f}/s{loss}" if event.rate else ""
            bars.update(
                task, description=event.stage.capitalize(), completed=event.done, total=event.total or None, rate=rate
            )

        yield report


def _print(outcome: Outcome, *, json: bool) -> None:
    if json:
        print_json(outcome.as_json())
        return
    if fitted := outcome.fitted:
        print(
            f"Fitted “{outcome.name}” to {fitted.pairs} pairs in {fitted.seconds / 60:.1f} minutes: MRR "
            f"{fitted.before:.3f} before, {fitted.after:.3f} after, of {fitted.held_out} held-out pairs."
        )
    print(outcome.says)


def _shown_json(shown: Shown) -> dict[str, Any]:
    return {**asdict(shown.card), "used": shown.is_used, "before": shown.is_before, "vectors": shown.vectors}
