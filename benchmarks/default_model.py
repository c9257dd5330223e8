"""Train the shipped adapter of the packaged model, and measure what it is worth.

`python -m benchmarks.default_model train FOLDER` trains it on public questions (`benchmarks.short_answers`) and writes
`FOLDER/adapter.gguf`; work that was cut off goes on when it is run again. `… measure FOLDER` asks the untouched
model, the new one as F16, Q8_0 and Q4_K_M, and `quote` held-out public questions. Both need REFDESK_DATA.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.short_answers import short_answers
from models.registry import ModelFolder
from models.tuning import Recipe, TuneProgress, adapter_to_gguf, fine_tune, merge, quantise, restore, to_gguf

RECIPE = Recipe(
    rank=16,
    alpha=32,
    learning_rate=3e-4,
    warm_up_steps=20,
    epochs=1,
    batch_size=12,
    most_tokens=1024,
    pack_tokens=768,
    check_every=60,
    patience=3,
    threads=2,
)
RANK = 8
"""Of what is shipped: half of what was learnt at, which keeps it below 6 MB."""
NAME = "SmolLM2-135M-Refdesk"

app = typer.Typer(add_completion=False)


@app.command()
def train(folder: Path, most_steps: Annotated[int | None, typer.Option(help="End after so many.")] = None) -> None:
    """Train, and write the adapter and the models that `measure` asks."""
    base = ModelFolder(folder / "none").list()[0].path
    examples, held_out = short_answers(Path(os.environ["REFDESK_DATA"]))
    checkpoint = restore(base, folder / "checkpoints")
    recipe = replace(RECIPE, most_steps=most_steps)
    tuned = fine_tune(checkpoint, examples, held_out, recipe, folder / "training", progress=_tell)
    print(f"{tuned.steps} steps in {tuned.seconds:.0f} s: held-out loss {tuned.before:.3f}, then {tuned.after:.3f}")
    adapter_to_gguf(tuned.adapter, base, folder / "adapter.gguf", rank=RANK)
    merged = merge(checkpoint, tuned.adapter, folder / "merged")
    whole = to_gguf(merged, folder / f"{NAME}-F16.gguf", name=NAME)
    quantise(whole, "Q8_0", folder / f"{NAME}-Q8_0.gguf")
    quantise(whole, "Q4_K_M", folder / f"{NAME}-Q4_K_M.gguf")


def _tell(progress: TuneProgress) -> None:
    loss, eta = progress.loss or 0.0, (progress.eta_s or 0.0) / 60
    print(
        f"{progress.stage} {progress.done}/{progress.total}: loss {loss:.3f}, held out {progress.held_out or 0.0:.3f}, "
        f"{progress.rate:.2f} examples/s, {eta:.0f} min left",
        flush=True,
    )


if __name__ == "__main__":
    app()
