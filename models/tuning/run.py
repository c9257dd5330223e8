"""One training: step by step from the untouched weights to the adapter that guesses answers best."""

import importlib.metadata
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from models.tuning.checkpoint import Checkpoint
from models.tuning.errors import TuningError, writing
from models.tuning.example import Example, hash_of
from models.tuning.learner import Learner
from models.tuning.packing import Pack, pack
from models.tuning.recipe import Recipe
from models.tuning.rendering import Rendered, render
from models.tuning.standing import Standing, load_standing, save_standing
from models.tuning.tuning import (
    ADAPTER,
    LEAST_EXAMPLES,
    LEAST_HELD_OUT,
    LOSSES,
    OUTCOME,
    Tuned,
    TuneProgress,
)

if TYPE_CHECKING:
    from torch import Tensor

_STANDING = "standing.safetensors"
_LAST_RATE = 0.05
"""Share of the highest learning rate that is left at the end."""
_SMOOTHED = 20
"""Steps that the reported loss is a mean of."""
_STEPS_AN_EPOCH = 16
"""At least, of however few examples."""
_LOOKS = 4
"""At the held-out examples, at least."""
_LIBRARIES = ("torch", "transformers", "peft", "gguf", "llama-cpp-python")
_FOUR_BIT_LIBRARY = "bitsandbytes"


class TuningRun:
    """From what a folder's work says to its outcome; see `fine_tune`. In the training's own process."""

    def __init__(
        self,
        *,
        key: str,
        checkpoint: Checkpoint,
        examples: Sequence[Example],
        held_out: Sequence[Example],
        recipe: Recipe,
        teacher: Path | None = None,
        folder: Path,
        progress: Callable[[TuneProgress], None],
        stop: Event,
    ) -> None:
        self.key, self.checkpoint, self.recipe, self.folder = key, checkpoint, recipe, folder
        self.examples, self.held_out, self.teacher = examples, held_out, teacher
        self.progress, self.stop = progress, stop
        self.standing = Standing()
        self.plan: list[list[Pack]] = []
        self.check_every = recipe.check_every
        self.checks: list[Pack] = []
        self.best: dict[str, Tensor] = {}

    def run(self) -> None:
        """Learn, keep the best, write what it came to."""
        self._report("loading")
        train, left_out = self._rendered()
        self.plan = self._planned(train)
        self.check_every = min(self.recipe.check_every, max(1, len(self.plan) // _LOOKS))
        self.learner = Learner(self.checkpoint.folder, self.recipe, self.teacher)
        self.best = self.learner.weights()
        self._resume()
        began, at_begin = time.monotonic(), self.standing.seconds
        saved = began
        if not self.standing.held_out:
            self._check()
        while self.standing.step < len(self.plan) and self.standing.misses < self.recipe.patience:
            if self.stop.is_set():
                self._save()
                raise TuningError("The training was stopped; run it again to go on where it stopped.")
            self._learn(self.plan[self.standing.step])
            self.standing.seconds = at_begin + time.monotonic() - began
            self._report("training")
            if self.standing.step % self.check_every == 0 or self.standing.step == len(self.plan):
                self._check()
            if time.monotonic() - saved > self.recipe.checkpoint_s:
                self._save()
                saved = time.monotonic()
        self._write(left_out)

    def _rendered(self) -> tuple[list[Rendered], int]:
        texts = [*self.examples, *self.held_out]
        rendered = {each.id: each for each in render(self.checkpoint.source, _numbered(texts), self.recipe.most_tokens)}
        train = [rendered[str(at)] for at in range(len(self.examples)) if str(at) in rendered]
        checks = [rendered[str(at)] for at in range(len(self.examples), len(texts)) if str(at) in rendered]
        if len(train) < LEAST_EXAMPLES or len(checks) < LEAST_HELD_OUT:
            raise TuningError(
                f"Only {len(train)} examples to learn from and {len(checks)} held out are at most "
                f"{self.recipe.most_tokens:,} tokens long: too few to train on."
            )
        self.checks = pack(checks, pack_tokens=self.recipe.pack_tokens, seed=self.recipe.seed)
        return train, len(texts) - len(train) - len(checks)

    def _planned(self, train: Sequence[Rendered]) -> list[list[Pack]]:
        """The packs of each step."""
        recipe, plan = self.recipe, list[list[Pack]]()
        batch = min(recipe.batch_size, -(-len(train) // _STEPS_AN_EPOCH))
        least = min(recipe.least_steps, recipe.most_steps or recipe.least_steps)
        epoch = 0
        while epoch < recipe.epochs or len(plan) < least:
            room = 0
            for each in pack(train, pack_tokens=recipe.pack_tokens, seed=recipe.seed + epoch):
                if room <= 0:
                    plan.append([])
                    room = batch
                plan[-1].append(each)
                room -= each.examples
            epoch += 1
        return plan[: recipe.most_steps]

    def _learn(self, packs: Sequence[Pack]) -> None:
        step = self.standing.step
        rate = self.recipe.learning_rate * _pace(step, len(self.plan), self.recipe)
        loss = self.learner.learn(packs, rate=rate, seed=self.recipe.seed * 1_000_003 + step)
        if not math.isfinite(loss):
            raise TuningError(
                f"The training diverged at step {step + 1}: its loss is no number any more. "
                f"Take a lower learning rate than {self.recipe.learning_rate:g}."
            )
        self.standing.step += 1
        self.standing.examples += sum(each.examples for each in packs)
        self.standing.losses.append(loss)
        self._note({"step": self.standing.step, "loss": loss, "rate": rate})

    def _check(self) -> None:
        self._report("checking")
        standing = self.standing
        loss = self.learner.loss(self.checks)
        standing.held_out.append((standing.step, loss))
        self._note({"step": standing.step, "held_out": loss})
        if not standing.step:
            return
        if standing.best is None:
            standing.best = self._unlikeliness(*standing.held_out[0])
        unlikeliness = self._unlikeliness(standing.step, loss)
        if unlikeliness < standing.best:
            standing.best, standing.best_step, standing.misses = unlikeliness, standing.step, 0
            self.best = self.learner.weights()
        else:
            standing.misses += 1

    def _unlikeliness(self, step: int, held_out: float) -> float:
        """What is to be least, at a step: the loss of held-out answers and of those learnt, by the recipe's `recall`.

        The latter is that of the steps before, or at the beginning that of the first ones, which change little.
        """
        losses = self.standing.losses
        begin, end = (max(0, step - self.check_every), step) if step else (0, _rise(len(self.plan), self.recipe))
        learnt = float(np.mean(losses[begin:end]))
        return (1 - self.recipe.recall) * held_out + self.recipe.recall * learnt

    def _write(self, left_out: int) -> None:
        self.learner.load(self.best)
        size = sum(4 * tensor.numel() for tensor in self.best.values())
        with writing(self.folder / ADAPTER, size) as written:
            self.learner.write(written)
        outcome = asdict(
            Tuned(
                key=self.key,
                adapter=self.folder / ADAPTER,
                examples=len(self.examples),
                examples_hash=hash_of(self.examples),
                held_out=len(self.held_out),
                left_out=left_out,
                before=self.standing.held_out[0][1],
                after=dict(self.standing.held_out)[self.standing.best_step],
                steps=self.standing.step,
                best_step=self.standing.best_step,
                seconds=self.standing.seconds,
                device=self.learner.device,
                versions={name: importlib.metadata.version(name) for name in self._libraries()},
            )
        )
        del outcome["adapter"]  # the folder may be moved
        text = json.dumps(outcome, indent=2)
        with writing(self.folder / OUTCOME, len(text)) as written:
            written.write_text(text + "\n", encoding="utf-8")
        (self.folder / _STANDING).unlink(missing_ok=True)

    def _libraries(self) -> Sequence[str]:
        return (*_LIBRARIES, _FOUR_BIT_LIBRARY) if self.recipe.four_bit else _LIBRARIES

    def _report(self, stage: str) -> None:
        standing = self.standing
        rate = standing.examples / standing.seconds if standing.seconds else 0.0
        left = sum(each.examples for packs in self.plan[standing.step :] for each in packs)
        self.progress(
            TuneProgress(
                stage=stage,
                done=standing.step,
                total=len(self.plan),
                loss=float(np.mean(standing.losses[-_SMOOTHED:])) if standing.losses else None,
                held_out=standing.held_out[-1][1] if standing.held_out else None,
                rate=rate,
                eta_s=left / rate if rate else None,
            )
        )

    def _note(self, line: Mapping[str, Any]) -> None:
        """One more line of the loss curve."""
        try:
            with (self.folder / LOSSES).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise TuningError(f"The loss curve cannot be written: {error.strerror}.") from error

    # Stopping and going on

    def _save(self) -> None:
        tensors = {f"best.{name}": tensor for name, tensor in self.best.items()} | self.learner.state()
        save_standing(self.folder / _STANDING, self.key, self.standing, tensors)

    def _resume(self) -> None:
        saved = load_standing(self.folder / _STANDING, self.key)
        lines = []
        if saved is not None:
            self.standing, tensors = saved
            self.best = {
                name.removeprefix("best."): tensor for name, tensor in tensors.items() if name.startswith("best.")
            }
            self.learner.restore(tensors)
            looks = dict(self.standing.held_out)
            total = len(self.plan)
            for step, loss in enumerate([None, *self.standing.losses]):
                if loss is not None:
                    rate = self.recipe.learning_rate * _pace(step - 1, total, self.recipe)
                    lines.append({"step": step, "loss": loss, "rate": rate})
                if step in looks:
                    lines.append({"step": step, "held_out": looks[step]})
        (self.folder / LOSSES).unlink(missing_ok=True)  # what was noted after the checkpoint is made again
        for line in lines:
            self._note(line)


def _numbered(examples: Sequence[Example]) -> list[Example]:
    """Ids that nobody gave twice."""
    return [
        Example(id=str(at), messages=each.messages, completion=each.completion, weight=each.weight)
        for at, each in enumerate(examples)
    ]


def _pace(step: int, total: int, recipe: Recipe) -> float:
    """Share of the highest learning rate at a step."""
    rise = _rise(total, recipe)
    return min((step + 1) / rise, max(_LAST_RATE, (total - step) / max(1, total - rise)))


def _rise(total: int, recipe: Recipe) -> int:
    """Steps over which the rate rises."""
    return max(1, min(recipe.warm_up_steps, total // 8))  # a short training would else be over before it has begun
