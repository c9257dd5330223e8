"""`refdesk models train|quantise|gate|promote|rollback|retire`: the model lab."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from assistant.cli.output import CommandError, Json, print_json, progress_bar
from assistant.desk import open_desk
from assistant.improvement.order import Order, Scope, usual_samples
from assistant.improvement.progress import Progress, Tell
from assistant.improvement.quantisations import Quantisations
from assistant.prompts import SUMMARY
from assistant.registry.registry import Entry
from assistant.registry.students import Student
from assistant.registry.verdict import Verdict
from models.card import ModelCard
from models.tuning import REDUCED, Recipe
from models.tuning.quantising import Kind

_BY = "command line"
_RECIPES = {"full": Recipe(), "reduced": REDUCED}

Name = Annotated[str, typer.Argument(help="A name from “refdesk models list”.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept.")]
Rows = Annotated[int | None, typer.Option(min=1, help="Ask the gate's models no more than so many rows of each set.")]
Attacks = Annotated[int | None, typer.Option(min=0, help="Try no more than so many attacks.")]


def add_to(app: typer.Typer) -> None:
    """Add the lab's commands to those of the models."""
    for command in (train, train_hosted, quantise, adapter, gate, promote, rollback, retire):
        app.command(command.__name__.replace("_", "-"))(command)


def train(
    data_set: Annotated[str, typer.Argument(help="Its approved rows are learnt from.")],
    name: Annotated[str | None, typer.Option(help="What to call the model.")] = None,
    base: Annotated[str | None, typer.Option(help="The model to begin with; the settings' by default.")] = None,
    student: Annotated[
        Student, typer.Option(help="What it learns: answering, or summarising from rows of summaries.")
    ] = "answering",
    prompt: Annotated[
        str | None, typer.Option(help="With which it will be asked: direct, or summary of one that summarises.")
    ] = None,
    teacher: Annotated[
        str | None, typer.Option(help="Who writes further answers: “hosted”, “local”, or with a model “hosted:NAME”.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="Answers that the teacher writes to a question; 4, or 8 of a local one.")
    ] = None,
    guesses_of: Annotated[
        str | None, typer.Option(help="A model here, of the same tokens, whose guesses are learnt beside the answers.")
    ] = None,
    distil: Annotated[
        float | None, typer.Option(min=0, max=1, help="What share those guesses have; without them, what was is kept.")
    ] = None,
    proposed: Annotated[
        bool, typer.Option("--proposed", help="Learn from rows that wait for a review, too, at half the weight.")
    ] = False,
    strength: Annotated[
        float, typer.Option(min=0.05, max=1, help="Share of what is learnt that is added; less keeps more of the base.")
    ] = Order.strength,
    quantisation: Annotated[Kind, typer.Option(help="Of the model that will answer.")] = "Q8_0",
    recipe: Annotated[Literal["full", "reduced"], typer.Option(help="“reduced” is for a first look.")] = "full",
    learning_rate: Annotated[
        float | None, typer.Option(min=1e-6, max=1, help="Its highest value; the recipe's by default.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, max=100, help="Times that all rows are gone over; the recipe's by default.")
    ] = None,
    four_bit: Annotated[
        bool,
        typer.Option("--four-bit", help="Hold the base in 4 bits while it learns (QLoRA), a big one in an eighth."),
    ] = False,
    less_memory: Annotated[
        bool, typer.Option("--less-memory", help="Keep about half in memory while it learns, and compute longer.")
    ] = False,
    rows: Rows = None,
    attacks: Attacks = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether a hosted teacher may be paid.")] = False,
    json: Json = False,
) -> None:
    """Make a model of what people approved, and let the gate judge it; cut off, it goes on when run again."""
    with open_desk() as desk, _shown(quiet=json) as (tell, stop):
        order = Order(
            name=name or desk.improvement.free_name(data_set),
            data_set=data_set,
            base=base or desk.settings.local.model,
            student=student,
            prompt=prompt or (SUMMARY if student == "summarising" else "direct"),
            teacher=teacher,
            samples=samples or usual_samples(teacher),
            guesses_of=guesses_of,
            proposed=proposed,
            strength=strength,
            quantisation=quantisation,
            recipe=replace(
                _RECIPES[recipe].but(learning_rate=learning_rate, epochs=epochs),
                distil=distil if distil is not None else 0.5 if guesses_of else 0.0,
                four_bit=four_bit,
                gradient_checkpointing=less_memory,
            ),
            scope=Scope(rows=rows, attacks=attacks),
        )
        estimate = desk.improvement.estimate(order, tell=tell)
        if estimate is not None:
            typer.echo(estimate.says, err=True)
            if not yes and not (teacher or "").startswith("local") and not typer.confirm("Go on?", err=True):
                raise CommandError("Nothing was asked and nothing made.")
        outcome = desk.improvement.train(order, tell=tell, stop=stop)
    if json:
        print_json(outcome.as_json())
    else:
        _print_verdict(outcome.verdict)


def train_hosted(
    data_set: Annotated[str, typer.Argument(help="Its approved rows are learnt from.")],
    base: Annotated[str, typer.Option(help="A model of the hosted server that it can fine-tune.")],
    suffix: Annotated[str, typer.Option(help="Becomes part of the model's name there.")] = "refdesk",
    prompt: Annotated[str, typer.Option(help="With which it will be asked.")] = "direct",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it may be paid for.")] = False,
    json: Json = False,
) -> None:
    """Have a hosted model fine-tuned by its server; cut off, it goes on with the same job when run again."""
    with open_desk() as desk, _shown(quiet=json) as (tell, stop):
        prepared = desk.hosted_improvement.prepare(data_set, prompt=prompt, tell=tell, stop=stop)
        typer.echo(f"{len(prepared.learnt)} chats, some {prepared.tokens:,} tokens a pass, masked.", err=True)
        if not yes and not typer.confirm("Send them, and pay for the training?", err=True):
            raise CommandError("Nothing was sent.")
        job = desk.hosted_improvement.train(prepared, base=base, suffix=suffix, tell=tell, stop=stop)
    if json:
        print_json(asdict(job))
    else:
        print(f"“{job.model}” is there: add it to hosted.models, and compare it by “refdesk eval --backend hosted”.")


def quantise(
    name: Name,
    kind: Annotated[Kind | None, typer.Argument(help="Such as Q4_K_M.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Compare them all, and add none.")] = False,
    rows: Annotated[int, typer.Option(min=1, help="Rows that each is asked, with --all.")] = 30,
    json: Json = False,
) -> None:
    """Write another quantisation of a model that was made here, as a model of its own; or compare them all."""
    if (kind is None) != all_:
        raise CommandError("Name one quantisation, or compare them with --all.")
    with open_desk() as desk, _shown(quiet=json) as (tell, stop):
        if kind is None:
            table = desk.improvement.compare_quantisations(name, rows=rows, tell=tell, stop=stop)
            print_json(table.to_json()) if json else _print_quantisations(table)
            return
        card = desk.improvement.quantise(name, kind, tell=tell)
    print_json(card_json(card)) if json else print(f"Added “{card.name}”: let the gate judge it before it is offered.")


def adapter(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Where to write it, such as team-1.adapter.gguf.")],
    json: Json = False,
) -> None:
    """Write what a model that was made here learnt, alone: a few MB to be laid over its base."""
    with open_desk() as desk:
        base = desk.improvement.adapter(name, file)
    if json:
        print_json({"file": str(file), "bytes": file.stat().st_size, "base": str(base.path)})
    else:
        print(f"Wrote “{file.name}”, {file.stat().st_size / 2**20:.1f} MB: llama.cpp lays it over {base.path}.")


def gate(
    name: Name,
    data_set: Annotated[str | None, typer.Option(help="Rows to judge by; those of its card by default.")] = None,
    rows: Rows = None,
    attacks: Attacks = None,
    json: Json = False,
) -> None:
    """Judge a model as it will be served, against the one that answers now and the one it was made from."""
    with open_desk() as desk, _shown(quiet=json) as (tell, stop):
        scope = Scope(rows=rows, attacks=attacks)
        verdict = desk.improvement.judge(name, data_set=data_set, scope=scope, tell=tell, stop=stop)
    print_json(verdict.to_json()) if json else _print_verdict(verdict)
    if not verdict.accepted:
        raise typer.Exit(1)


def promote(
    name: Name,
    reason: Reason = "",
    override: Annotated[bool, typer.Option("--override", help="Though it did not pass; needs a reason.")] = False,
    json: Json = False,
) -> None:
    """Let a model answer, or summarise, from the next time on, wherever nobody has chosen another."""
    with open_desk() as desk:
        entry = desk.registry.promote(name, by=_BY, reason=reason, override=override)
    print_json(entry_json(entry)) if json else print(f"“{name}” {_does(entry)}.")


def rollback(
    reason: Reason = "",
    student: Annotated[Student, typer.Option(help="Of those that answer, or of those that summarise.")] = "answering",
    json: Json = False,
) -> None:
    """Go back to the model that was promoted before."""
    with open_desk() as desk:
        name = desk.registry.rollback(by=_BY, reason=reason, student=student)
    does = "answers" if student == "answering" else "summarises"
    print_json({"promoted": name}) if json else print(f"“{name}” {does} again.")


def retire(name: Name, reason: Reason = "", json: Json = False) -> None:
    """Take a model out of the sidebar; its file and its card stay."""
    with open_desk() as desk:
        entry = desk.registry.retire(name, by=_BY, reason=reason)
    print_json(entry_json(entry)) if json else print(f"“{name}” is offered no more.")


def entry_json(entry: Entry) -> dict[str, Any]:
    """A model and where it stands, for scripts."""
    return {
        **card_json(entry.card),
        "state": entry.says,
        "student": entry.student,
        "promoted": entry.is_promoted,
        "offered": entry.is_offered,
        "verdict": entry.kept.verdict.says if entry.kept else None,
        "made": entry.card.made,
        "rows_learnt": entry.learnt,
        "rows_withdrawn": entry.withdrawn,
    }


def _does(entry: Entry) -> str:
    return "summarises from now on" if entry.student == "summarising" else "answers from the next question on"


def card_json(card: ModelCard) -> dict[str, Any]:
    """A model, for scripts."""
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


def _print_quantisations(table: Quantisations) -> None:
    print("kind\tMB\treads/s\twrites/s\tlike F16\tKL\tF1\tdecides")
    for one in table.kinds:
        print(
            f"{one.kind}\t{one.bytes / 2**20:.0f}\t{one.read_rate:.0f}\t{one.write_rate:.0f}\t{one.top_1:.1%}"
            f"\t{one.kl:.4f}\t{one.answer_f1:.3f}\t{one.decision_accuracy:.3f}"
        )
    print(table.says)


def _print_verdict(verdict: Verdict) -> None:
    print(f"{verdict.model}: {'passed' if verdict.accepted else 'not passed'}")
    for reason in verdict.reasons:
        print(f"  {'+' if reason.passed else '-'} {reason.says}")
    if verdict.accepted:
        print(f"“refdesk models promote {verdict.model}” puts it to use.")


@contextmanager
def _shown(*, quiet: bool) -> Iterator[tuple[Tell, threading.Event]]:
    """Progress on stderr; Ctrl-C ends the work in order, so that it can go on from there."""
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        with progress_bar(quiet) as bars:
            task = bars.add_task("Beginning", total=None, rate="")

            def tell(event: Progress) -> None:
                bars.update(task, description=event.says, completed=event.done, total=event.total or None)

            yield tell, stop
    finally:
        signal.signal(signal.SIGINT, before)
