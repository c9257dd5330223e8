"""One fitting: batch by batch from the old weights to the new ones, and back as far as serves best."""

import hashlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from models.embedding import PASSAGE, QUESTION, Embedder, load_model, prompt_of
from models.training.checkpoint import Standing, load_checkpoint, save_checkpoint
from models.training.contrast import guarded_loss
from models.training.fitting import FitProgress, Fitted, Fitting, FittingError
from models.training.pairs import Pair, batches, hash_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor
    from torch.optim import AdamW

_CHECKPOINT = "checkpoint.safetensors"
_CHECKPOINT_S = 60.0
_CLIP = 1.0
_WEIGHT_DECAY = 0.01
_WARM_UP = 0.1
"""Share of the steps in which the learning rate rises; it falls evenly from there."""
_SHARES = (0.25, 0.5, 0.75, 1.0)
"""Shares of the new weights that are tried."""
_TIE = 0.002
"""Less MRR than this more is not worth weights that are further from the old ones."""
_SMOOTHED = 20
"""Steps that the reported loss is a mean of."""


class FittingRun:
    """From the old weights to the written ones; see `Fitting.run`."""

    def __init__(
        self,
        fitting: Fitting,
        embedder: Embedder,
        train: Sequence[Pair],
        held_out: Sequence[Pair],
        folder: Path,
        progress: Callable[[FitProgress], None],
        cancel: Event,
    ) -> None:
        self.fitting, self.train, self.held_out = fitting, train, held_out
        self.folder, self.progress, self.cancel = folder, progress, cancel
        self.embedder = embedder
        self.model, self.guide = (self._loaded(fitting.most_tokens) for _ in range(2))
        self.epochs = [batches(train, fitting.batch_size, seed=fitting.seed + epoch) for epoch in range(fitting.epochs)]
        self.plan = [batch for epoch in self.epochs for batch in epoch]
        self.key = hashlib.sha256(
            f"{fitting.name} {hash_of(train)} {hash_of(held_out)} {embedder.fingerprint}".encode()
        ).hexdigest()
        self.old = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
        self.best = self.old
        self.standing = Standing()
        self.optimiser = self._optimiser()

    def run(self) -> Fitted:
        """Learn, average, write."""
        self._resume()
        began, at_begin = time.monotonic(), self.standing.seconds
        saved = began
        if not self.standing.scores:
            self._check()
        while self.standing.step < len(self.plan) and self.standing.misses < self.fitting.patience:
            if self.cancel.is_set():
                self._save()
                raise FittingError("The fitting was cancelled; run it again to go on where it stopped.")
            self._learn(self.plan[self.standing.step])
            self.standing.seconds = at_begin + time.monotonic() - began
            if self.standing.step % self.fitting.check_every == 0 or self.standing.step == len(self.plan):
                self._check()
            if time.monotonic() - saved > _CHECKPOINT_S:
                self._save()
                saved = time.monotonic()
            self._report("fitting")
        share, after = self._average()
        self._write()
        return Fitted(
            pairs=len(self.train),
            pairs_hash=hash_of(self.train),
            held_out=len(self.held_out),
            before=self.standing.scores[0][1],
            after=after,
            share=share,
            steps=self.standing.step,
            seconds=at_begin + time.monotonic() - began,
        )

    def _learn(self, batch: Sequence[Pair]) -> None:
        import torch

        step = self.standing.step
        for group in self.optimiser.param_groups:
            group["lr"] = self.fitting.rate * _pace(step, len(self.plan))
        torch.manual_seed(self.fitting.seed * 1_000_003 + step)  # the same after a restart
        self.model.train()
        questions = [pair.question for pair in batch]
        passages = [pair.passage for pair in batch]
        passages += [negative for pair in batch for negative in pair.negatives]
        with torch.inference_mode():
            guide = _vectors(self.guide, questions, QUESTION), _vectors(self.guide, passages, PASSAGE)
        loss = guarded_loss(_vectors(self.model, questions, QUESTION), _vectors(self.model, passages, PASSAGE), *guide)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), _CLIP)
        self.optimiser.step()
        self.standing.step += 1
        self.standing.losses.append(round(loss.item(), 4))

    def _check(self) -> None:
        """Look at the held-out pairs, and keep the weights when they are the best so far."""
        self._report("checking")
        standing, score = self.standing, self._score()
        standing.scores.append((standing.step, score))
        if score > standing.best:
            standing.best, standing.best_step, standing.misses = score, standing.step, 0
            if standing.step:
                self.best = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
        else:
            standing.misses += 1

    def _score(self) -> float:
        """MRR of the held-out questions' passages among all held-out passages and negatives."""
        import torch

        self.model.eval()
        passages = list(dict.fromkeys(text for pair in self.held_out for text in (pair.passage, *pair.negatives)))
        own = [passages.index(pair.passage) for pair in self.held_out]
        with torch.inference_mode():
            questions = _in_batches(self.model, [pair.question for pair in self.held_out], QUESTION)
            scores = questions @ _in_batches(self.model, passages, PASSAGE).T
        ranks = 1 + (scores > scores[torch.arange(len(own)), own][:, None]).sum(dim=1)
        return float((1 / ranks).mean())

    def _average(self) -> tuple[float, float]:
        """Move the old weights towards the best new ones, as far as serves best; gives the share and its MRR."""
        share, after = 0.0, self.standing.scores[0][1]
        if self.standing.best_step:
            for tried in _SHARES:
                self._report("averaging")
                self._load(mixed(self.old, self.best, tried))
                score = self._score()
                if score > after + _TIE:
                    share, after = tried, score
        self._load(mixed(self.old, self.best, share))
        return share, after

    def _load(self, weights: Mapping[str, "Tensor"]) -> None:
        self.model.load_state_dict(weights)

    def _loaded(self, most_tokens: int | None) -> "SentenceTransformer":
        model: SentenceTransformer = load_model(self.embedder.folder, self.embedder.threads)
        if most_tokens:
            model.max_seq_length = min(most_tokens, model.max_seq_length or most_tokens)
        return model

    def _write(self) -> None:
        """The model as a folder; the checkpoint is not needed any more."""
        fresh = self._loaded(None)  # with its own longest text
        fresh.load_state_dict(self.model.state_dict())
        fresh.save_pretrained(str(self.folder), create_model_card=False, safe_serialization=True)
        with suppress(FileNotFoundError):
            (self.folder / _CHECKPOINT).unlink()

    def _report(self, stage: str) -> None:
        standing = self.standing
        rate = standing.step * self.fitting.batch_size / standing.seconds if standing.seconds else 0.0
        left = (len(self.plan) - standing.step) * self.fitting.batch_size
        loss = float(np.mean(standing.losses[-_SMOOTHED:])) if standing.losses else math.nan
        self.progress(
            FitProgress(
                stage=stage,
                step=standing.step,
                total=len(self.plan),
                loss=loss,
                rate=rate,
                eta_s=left / rate if rate else None,
            )
        )

    # Stopping and going on

    def _optimiser(self) -> "AdamW":
        from torch.optim import AdamW

        return AdamW(self.model.parameters(), lr=self.fitting.rate, weight_decay=_WEIGHT_DECAY)

    def _save(self) -> None:
        tensors = {f"now.{name}": tensor for name, tensor in self.model.state_dict().items()}
        if self.standing.best_step:
            tensors |= {f"best.{name}": tensor for name, tensor in self.best.items()}
        for at, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"adam.{at}.{name}": tensor for name, tensor in state.items()}
        save_checkpoint(self.folder / _CHECKPOINT, self.key, self.standing, tensors)

    def _resume(self) -> None:
        saved = load_checkpoint(self.folder / _CHECKPOINT, self.key)
        if saved is None:
            return
        self.standing, tensors = saved
        self._load(_below("now.", tensors))
        self.best = _below("best.", tensors) or self.old
        state: dict[int, dict[str, Any]] = {}
        for name, tensor in _below("adam.", tensors).items():
            at, _, part = name.partition(".")
            state.setdefault(int(at), {})[part] = tensor
        self.optimiser.load_state_dict(self.optimiser.state_dict() | {"state": state})


def mixed(old: Mapping[str, "Tensor"], new: Mapping[str, "Tensor"], share: float) -> dict[str, "Tensor"]:
    """Weights on the line from `old` (share 0) to `new` (share 1)."""
    return {
        name: old[name] + share * (new[name] - old[name]) if old[name].is_floating_point() else old[name]
        for name in old
    }


def _vectors(model: "SentenceTransformer", texts: list[str], kind: Sequence[str]) -> "Tensor":
    """Of length 1, in rows."""
    import torch

    vectors = model(model.preprocess(texts, prompt=prompt_of(model, kind)))["sentence_embedding"]
    return torch.nn.functional.normalize(vectors, p=2, dim=1)


def _in_batches(model: "SentenceTransformer", texts: list[str], kind: Sequence[str], size: int = 32) -> "Tensor":
    import torch

    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    parts = [
        _vectors(model, [texts[at] for at in order[begin : begin + size]], kind) for begin in range(0, len(order), size)
    ]
    places = torch.empty(len(order), dtype=torch.long)
    places[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(parts)[places]


def _pace(step: int, total: int) -> float:
    """Share of the highest learning rate at a step: rises, then falls evenly to nearly nothing."""
    rise = max(1, round(total * _WARM_UP))
    return min((step + 1) / rise, (total - step) / max(1, total - rise))


def _below(prefix: str, tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
