"""`refdesk dataset`: data sets in the catalogue."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer

from assistant.cli.output import Collections, CommandError, Json, counting, print_json, progress_bar
from assistant.data_sets.data_set import PARTS, DataSetSummary, Item, State
from assistant.data_sets.rows import as_record
from assistant.desk import Desk, open_desk
from assistant.review.building import Built
from assistant.summarising import MOST_SENTENCES
from assistant.synthesis import RULES, Plan, Progress

app = typer.Typer(help="Questions with what a good answer holds: import, make, review, split.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the data set.")]


@app.command("list")
def list_sets(json: Json = False) -> None:
    """All data sets, with how many rows are approved and how many wait for a review."""
    with open_desk() as desk:
        summaries = desk.data_sets.list()
    for summary in summaries:
        if json:
            print_json(_summary_json(summary))
        else:
            parts = ", ".join(f"{part} {count}" for part, count in summary.parts.items())
            counts = ", ".join(f"{count} {state}" for state, count in summary.counts.items() if count)
            print(f"{summary.name}\t{counts or 'empty'}{f' ({parts})' if parts else ''}")
    if not summaries and not json:
        print("No data sets yet: see “refdesk dataset import --help” and “refdesk dataset synthesise --help”.")


@app.command("show")
def show(
    name: Name,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    part: Annotated[str | None, typer.Option(help="Only this part.")] = None,
    json: Json = False,
) -> None:
    """The rows of a data set, with what is known about each."""
    with open_desk() as desk:
        for item in desk.data_sets.items(name, state=state, part=part):
            print_json(_item_json(item)) if json else _print_item(item)


@app.command("import")
def import_file(
    name: Name,
    file: Annotated[Path, typer.Argument(help="JSON lines, SQuAD (.json), a table (.csv, .tsv) or a BEIR folder.")],
    json: Json = False,
) -> None:
    """Take the rows of a file, approved; one with the id of an old row replaces it."""
    with open_desk() as desk:
        imported = desk.data_sets.import_file(name, file)
        missing = desk.evaluation.strangers(desk.evaluation.rows(name), ())
    if json:
        print_json(vars(imported) | {"missing_documents": missing})
        return
    print(f"{imported.added} added, {imported.updated} updated, {imported.unchanged} unchanged.")
    if missing:
        print(f"{len(missing)} of the documents that the rows name are not on the desk, among them {missing[0]}.")


@app.command("build")
def build(
    name: Name,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders of rows, as “import” takes them, instead of reviews.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="A row that is right although another says otherwise; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides which rows come into which part.")] = 0,
    json: Json = False,
) -> None:
    """Build a data set of the approved answers, each question once, in parts; or of several files."""
    if files and keep:
        raise CommandError("--keep is about approved answers: leave it out where files are given.")
    with open_desk() as desk:
        if not files:
            built = desk.building.build(name, keep=keep or (), seed=seed)
            print_json(_built_json(built)) if json else print("\n".join(_built_lines(built)))
            return
        for file in files:
            desk.data_sets.import_file(name, file)
        parts = desk.data_sets.split(name, seed=seed)
    _print_parts(parts, json=json)


@app.command("export")
def export(
    name: Name,
    file: Annotated[Path, typer.Argument(help="A JSON lines file; an existing one is replaced.")],
    state: Annotated[
        Literal["proposed", "approved", "rejected", "any"], typer.Option(help="Rows in this state.")
    ] = "approved",
    part: Annotated[str | None, typer.Option(help="Only this part.")] = None,
) -> None:
    """Write rows to a file."""
    with open_desk() as desk:
        count = desk.data_sets.export(name, file, state=None if state == "any" else state, part=part)
    print(f"{count} rows written to {file}")


@app.command("split")
def split(
    name: Name,
    shares: Annotated[str, typer.Option(help="Share of each part.")] = ",".join(f"{k}={v}" for k, v in PARTS.items()),
    seed: Annotated[int, typer.Option(help="Decides which rows come into which part.")] = 0,
    json: Json = False,
) -> None:
    """Divide the rows into parts that share no document and no conversation."""
    with open_desk() as desk:
        _print_parts(desk.data_sets.split(name, _shares(shares), seed=seed), json=json)


@app.command("synthesise")
def synthesise(
    name: Name,
    collection: Collections = None,
    kind: Annotated[
        Literal["questions", "summaries"], typer.Option(help="What is written: questions, or summaries of sections.")
    ] = "questions",
    passages: Annotated[int, typer.Option(min=1, help="How many passages are read.")] = 50,
    writer: Annotated[str, typer.Option(help="Who writes: rules, local or hosted.")] = RULES,
    model: Annotated[str | None, typer.Option(help="The backend's model.")] = None,
    seed: Annotated[int, typer.Option(help="Decides which passages; the same one goes on.")] = 0,
    unanswerable: Annotated[bool, typer.Option(help="Also questions that nothing answers.")] = True,
    follow_ups: Annotated[bool, typer.Option(help="Also questions that follow another.")] = True,
    samples: Annotated[int, typer.Option(min=1, help="Summaries that are written of a section, until one holds.")] = 4,
    sentences: Annotated[int, typer.Option(min=1, max=MOST_SENTENCES, help="Of a summary, at most.")] = 3,
    json: Json = False,
) -> None:
    """Propose rows made from the documents, for a review. Interrupted, it keeps what it has, and goes on next time."""
    plan = Plan(
        data_set=name,
        collections=tuple(collection or ()),
        kind=kind,
        passages=passages,
        writer=writer,
        model=model,
        seed=seed,
        unanswerable=unanswerable,
        follow_ups=follow_ups,
        samples=samples,
        sentences=sentences,
    )
    with open_desk() as desk:
        last = None
        for progress in _shown(desk, plan, quiet=json):
            last = progress
    if last is None:
        raise CommandError(f"There are no documents to make {kind} of: add some with “refdesk ingest PATH”.")
    _print_made(name, last, json=json)


@app.command("review")
def review(
    name: Name,
    decision: Annotated[
        Literal["approve", "reject", "propose"], typer.Argument(help="“propose” asks for another review.")
    ],
    row_ids: Annotated[list[str] | None, typer.Argument(help="Ids of rows.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All rows that are proposed.")] = False,
    json: Json = False,
) -> None:
    """Approve or reject rows; only approved ones count."""
    if bool(row_ids) == every:
        raise CommandError("Give either ids of rows or --all.")
    states: dict[str, State] = {"approve": "approved", "reject": "rejected", "propose": "proposed"}
    with open_desk() as desk:
        count = desk.data_sets.review(name, None if every else row_ids, states[decision])
    print_json({"rows": count, "state": states[decision]}) if json else print(f"{count} rows are {states[decision]}.")


@app.command("describe")
def describe(
    name: Name,
    description: Annotated[str | None, typer.Option(help="What is said of it.")] = None,
    examples: Annotated[
        bool | None, typer.Option(help="Whether models are shown its approved rows, whatever their part.")
    ] = None,
) -> None:
    """Say what a data set is, and whether the prompt “few-shot” may take its examples from it."""
    with open_desk() as desk:
        desk.data_sets.describe(name, description=description, gives_examples=examples)


@app.command("remove")
def remove(
    name: Name,
    row_ids: Annotated[list[str] | None, typer.Argument(help="Only these rows of it.")] = None,
    json: Json = False,
) -> None:
    """Remove a data set, or rows of it."""
    with open_desk() as desk:
        if row_ids:
            count = desk.data_sets.delete(name, row_ids)
        else:
            count = desk.data_sets.get(name).total
            desk.data_sets.remove(name)
    print_json({"removed": count}) if json else print(f"{count} rows removed.")


@app.command("push")
def push(name: Name, json: Json = False) -> None:
    """Show the approved rows in Langfuse, as a data set; interrupted, it goes on next time where it was."""
    with open_desk() as desk, counting("Pushing", quiet=json) as told:
        pushed = desk.shared_sets.push(name, told=told)
    if json:
        print_json(vars(pushed))
        return
    print(f"{pushed.sent} sent, {pushed.unchanged} unchanged, {pushed.archived} archived.")
    if pushed.overwritten:
        print(f"{pushed.overwritten} of them had been changed there, and were overwritten.")


@app.command("pull")
def pull(name: Name, json: Json = False) -> None:
    """Propose what was written or changed in Langfuse, for a review."""
    with open_desk() as desk, counting("Pulling", quiet=json) as told:
        pulled = desk.shared_sets.pull(name, told=told)
    if json:
        print_json(vars(pulled))
        return
    print(f"{pulled.added} added and {pulled.changed} changed, all proposed; {pulled.unchanged} unchanged.")
    for row_id in pulled.archived:
        print(f"    archived there, and approved here: {row_id}")
    for sentence in pulled.unusable:
        print(f"    {sentence}")


def _built_json(built: Built) -> dict[str, object]:
    conflicts = [
        {"rows": [as_record(row) for row in conflict.rows], "kept": list(conflict.kept)} for conflict in built.conflicts
    ]
    return vars(built) | {"parts": dict(built.parts), "conflicts": conflicts}


def _built_lines(built: Built) -> Iterator[str]:
    parts = ", ".join(f"{part} {count}" for part, count in built.parts.items())
    yield f"{built.name}, version {built.version}: {built.rows} rows ({parts})."
    left_out = {"near-duplicates": built.duplicates, "withdrawn": built.withdrawn, "private": built.private}
    left_out["rejected"] = built.rejected
    if any(left_out.values()):
        yield f"Left out: {', '.join(f'{count} {why}' for why, count in left_out.items() if count)}."
    for number, conflict in enumerate(built.conflicts, start=1):
        yield f"Conflict {number} of {len(built.conflicts)}: these ask the same and say otherwise."
        for row in conflict.rows:
            says = " | ".join(row.answers) or ("(only its sources)" if row.answerable else "(not in the documents)")
            yield f"    {row.id}{'  kept' if row.id in conflict.kept else ''}  {row.question}"
            yield f"        {says}"
    if any(not conflict.kept for conflict in built.conflicts):
        yield "What is in conflict is left out: say which is right with --keep ID."


def _shares(text: str) -> dict[str, float]:
    shares = {}
    for share in text.split(","):
        part, _, value = share.partition("=")
        try:
            shares[part.strip()] = float(value)
        except ValueError:
            raise CommandError(f"“{share}” is no share of a part: write train=0.6,dev=0.2,test=0.2.") from None
    return shares


def _shown(desk: Desk, plan: Plan, *, quiet: bool) -> Iterator[Progress]:
    """Pass progress on, shown on stderr."""
    with progress_bar(quiet) as bar:
        task = bar.add_task(f"Making {plan.kind}", total=plan.passages, rate="")
        for progress in desk.syntheses.make(plan, stop=threading.Event()):
            rate = f"{progress.proposed} proposed"
            if progress.rate:
                rate += f", {progress.rate:.1f} passages/s"
            bar.update(task, completed=progress.done, total=progress.total, rate=rate)
            yield progress


def _print_made(name: str, progress: Progress, *, json: bool) -> None:
    if json:
        print_json(
            {
                "passages": progress.done,
                "drafted": progress.drafted,
                "proposed": progress.proposed,
                "dropped": dict(progress.dropped),
                "seconds": round(progress.elapsed_s, 1),
            }
        )
        return
    print(f"{progress.proposed} rows proposed of {progress.done} passages, in {progress.elapsed_s:.0f} s.")
    for fault, count in sorted(progress.dropped.items(), key=lambda one: -one[1]):
        print(f"    {count} dropped: {fault}")
    print(f"See “refdesk dataset show {name} --state proposed” and “refdesk dataset review --help”.")


def _print_parts(parts: dict[str, int], *, json: bool) -> None:
    print_json(parts) if json else print(", ".join(f"{part} {count}" for part, count in parts.items()))


def _summary_json(summary: DataSetSummary) -> dict[str, object]:
    return {
        "name": summary.name,
        "description": summary.description,
        "rows": summary.total,
        **{str(state): count for state, count in summary.counts.items()},
        "parts": dict(summary.parts),
        "gives_examples": summary.gives_examples,
        "changed_at": summary.changed_at.isoformat(),
    }


def _item_json(item: Item) -> dict[str, object]:
    return as_record(item.row) | {
        "state": item.state,
        "origin": item.origin,
        "part": item.part,
        "notes": list(item.notes),
    }


def _print_item(item: Item) -> None:
    print(f"{item.row.id}  {item.state}{f', {item.part}' if item.part else ''}  {item.row.question}")
    for line in (" | ".join(item.row.answers), *(source.quote or "" for source in item.row.sources), *item.notes):
        if line:
            print(f"    {line}")
