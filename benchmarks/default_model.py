"""Train the shipped adapter of the packaged model, and measure what it is worth.

`python -m benchmarks.default_model train FOLDER` makes examples of public questions (`benchmarks.short_answers`),
trains on them and writes `FOLDER/adapter.gguf`, with the same merged and quantised beside it; cut off, it goes on when
it is run again. `… measure FOLDER` puts the documents of XQuAD and CLAP NQ, none of them among those, on a desk and
asks some of their questions of the untouched model, the taught one as it is shipped, those in FOLDER, and `quote`.
Both need REFDESK_DATA. docs/default-model.md has what came of it.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from assistant.conversations import Choices
from assistant.data_sets.rows import Row, read_rows
from assistant.desk import Desk
from assistant.evaluation.comparison import compare_runs
from assistant.evaluation.running import Plan
from assistant.evaluation.summaries import Asked
from assistant.prompts import QUOTE
from assistant.settings import LocalSettings, Settings
from benchmarks.data import ingest_folder
from benchmarks.short_answers import short_answers
from models.packaged import TAUGHT, UNTOUCHED
from models.registry import ModelFolder
from models.tuning import Example, Recipe, TuneProgress, adapter_to_gguf, fine_tune, quantise, restore, to_gguf

RECIPE = Recipe(
    rank=16,
    alpha=32,
    learning_rate=1.2e-3,
    warm_up_steps=50,
    epochs=3,
    most_steps=709,
    batch_size=32,
    most_tokens=1536,
    pack_tokens=1024,
    check_every=150,
    patience=99,
    recall=0.0,
)
"""The best of its looks, at step 450, is what is shipped."""
RANK = 8
"""Of what is shipped: half of what was learnt at, which keeps it below 6 MB."""
SETS = ("xquad-en", "clapnq")
MEASURED = (
    "answer_f1",
    "gives_gold",
    "citation_precision",
    "decision_accuracy",
    "false_answers",
    "false_refusals",
    "groundedness",
    "total_s",
)

app = typer.Typer(add_completion=False)


@app.command()
def train(folder: Path, most_steps: Annotated[int, typer.Option(help="End after so many.")] = 709) -> None:
    """Train, and write the adapter and the models that `measure` asks."""
    base = ModelFolder(folder / "none").list()[0].path
    examples, held_out = _examples(folder)
    checkpoint = restore(base, folder / "checkpoints")
    recipe = replace(RECIPE, most_steps=most_steps)
    tuned = fine_tune(checkpoint, examples, held_out, recipe, folder / "training", progress=_tell)
    print(f"{tuned.steps} steps in {tuned.seconds:.0f} s: held-out loss {tuned.before:.3f}, then {tuned.after:.3f}")
    adapter = adapter_to_gguf(tuned.adapter, base, folder / "adapter.gguf", rank=RANK)
    shipped = restore(base, folder / "checkpoints", adapter=adapter)
    whole = to_gguf(shipped, folder / f"{TAUGHT}-F16.gguf", name=TAUGHT)
    quantise(whole, "Q8_0", folder / f"{TAUGHT}-Q8_0.gguf")
    quantise(whole, "Q4_K_M", folder / f"{TAUGHT}-Q4_K_M.gguf")


@app.command()
def measure(
    folder: Path,
    rows: Annotated[int, typer.Option(help="Of each set.")] = 60,
    skip: Annotated[int, typer.Option(help="Of each set, before these.")] = 0,
    passages: Annotated[int, typer.Option(help="That a model reads for an answer.")] = 3,
    models: Annotated[str, typer.Option(help="Of those that were trained.")] = "F16,Q8_0,Q4_K_M",
) -> None:
    """Ask held-out questions through a desk, and compare on the same rows."""
    data = Path(os.environ["REFDESK_DATA"]) / "eval"
    with Desk(Settings(home=folder / "home", local=LocalSettings(passages=passages))) as desk:
        there = {card.name for card in desk.models.list()}
        added = [f"{TAUGHT}-{kind}" for kind in filter(None, models.split(","))]
        for name in added:
            if name not in there:
                desk.models.add(str(folder / f"{name}.gguf"), name=name)
        names = [TAUGHT, *added]
        for of in SETS:
            ingest_folder(desk, of, data / of / "documents")
            asked = sorted(read_rows(data / of / "rows.jsonl"), key=lambda row: row.content_hash)[skip : skip + rows]
            runs = {name: _asked(desk, of, asked, name) for name in (QUOTE, UNTOUCHED, *names)}
            for name, found in runs.items():
                print(f"{of:10} {name:32} " + "  ".join(_mean(found, measure) for measure in MEASURED), flush=True)
            for rival in (QUOTE, UNTOUCHED, *added[:1]):
                for name in names:
                    gain = compare_runs(runs[rival], runs[name]).gains.get("answer_f1")
                    if rival != name and gain is not None:
                        print(f"{of:10} {name} against {rival}, answer F1: {gain.comparison.difference}", flush=True)


def _examples(folder: Path) -> tuple[list[Example], list[Example]]:
    """What is learnt and what is held out: made once, as thousands of questions are searched for it."""
    kept = [folder / "examples.jsonl", folder / "held-out.jsonl"]
    if not all(path.is_file() for path in kept):
        with Desk(Settings(home=folder / "examples")) as desk:
            made = short_answers(desk, Path(os.environ["REFDESK_DATA"]))
        for path, examples in zip(kept, made, strict=True):
            path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in examples), encoding="utf-8")
    examples, held_out = ([Example.of(json.loads(line)) for line in path.open(encoding="utf-8")] for path in kept)
    return examples, held_out


def _asked(desk: Desk, of: str, rows: Sequence[Row], model: str) -> Sequence[Asked]:
    is_quote = model == QUOTE
    choices = Choices(
        backend="local", model=None if is_quote else model, prompt=QUOTE if is_quote else "direct", collections=(of,)
    )
    run = desk.evaluation.evaluate(Plan(data_set=of, rows=rows, choices=choices, label=model))
    return desk.evaluation.asked(run.id)


def _mean(asked: Sequence[Asked], measure: str) -> str:
    values = [value for one in asked if (value := one.measures.get(measure)) is not None]
    return f"{measure} {sum(values) / len(values):.3f} ({len(values)})" if values else f"{measure} –"


def _tell(progress: TuneProgress) -> None:
    loss, eta = progress.loss or 0.0, (progress.eta_s or 0.0) / 60
    print(
        f"{progress.stage} {progress.done}/{progress.total}: loss {loss:.3f}, held out {progress.held_out or 0.0:.3f}, "
        f"{progress.rate:.2f} examples/s, {eta:.0f} min left",
        flush=True,
    )


if __name__ == "__main__":
    app()
