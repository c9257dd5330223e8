"""Whether a GGUF file computes what the checkpoint does, or what another file does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.engine import Engine, EngineError
from models.template import Segment
from models.tuning.checkpoint import Checkpoint, load_weights
from models.tuning.errors import TuningError
from models.tuning.layout import Weights

if TYPE_CHECKING:
    from torch import Tensor

_CONTEXT_TOKENS = 512


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How alike two models' guesses at the next token are."""

    tokens: int
    """Positions that were compared."""
    top_1: float
    """Share of them at which both hold the same token for the likeliest."""
    kl: float
    """Mean Kullback-Leibler divergence of the GGUF file's guesses from the other's, in nats."""


def agreement(checkpoint: Checkpoint, gguf: Path, texts: Sequence[str], *, adapter: Path | None = None) -> Agreement:
    """Compare at every token of the texts, each cut to 512 tokens; control tokens in them are read as such.

    `adapter` is a GGUF file that is laid over `gguf`.

    Raises:
        TuningError: llama.cpp cannot load the file, or there is no text.
    """
    import torch

    model = load_weights(checkpoint.folder).eval()

    def guesses(tokens: Sequence[int]) -> Weights:
        with torch.inference_mode():
            return _array(model(input_ids=torch.tensor([tokens])).logits[0])

    return _compared(guesses, gguf, texts, threads=torch.get_num_threads(), adapter=adapter)


def likeness(gguf: Path, reference: Path, texts: Sequence[str], *, threads: int = 1) -> Agreement:
    """Compare a GGUF file with another of the same tokens, such as the one that it was quantised from.

    Raises:
        TuningError: llama.cpp cannot load one of them, or there is no text.
    """
    try:
        engine = Engine(reference, context_tokens=_CONTEXT_TOKENS, threads=threads)
    except EngineError as error:
        raise TuningError(f"“{reference.name}” does not work: {error}.") from error
    try:
        return _compared(engine.logits, gguf, texts, threads=threads)
    finally:
        engine.close()


def _compared(
    guesses: Callable[[Sequence[int]], Weights],
    gguf: Path,
    texts: Sequence[str],
    *,
    threads: int,
    adapter: Path | None = None,
) -> Agreement:
    same, divergences = [], []
    try:
        engine = Engine(gguf, context_tokens=_CONTEXT_TOKENS, threads=threads, adapter=adapter)
        try:
            for text in texts:
                tokens = engine.encode([Segment(text, is_template=True)])[:_CONTEXT_TOKENS]
                if not tokens:
                    continue
                there, here = _log_shares(engine.logits(tokens)), _log_shares(guesses(tokens))
                same.append(here.argmax(-1) == there.argmax(-1))
                divergences.append((np.exp(here) * (here - there)).sum(-1))
        finally:
            engine.close()
    except EngineError as error:
        raise TuningError(f"“{gguf.name}” does not work: {error}.") from error
    if not same:
        raise TuningError("There is no text to compare the two models on.")
    alike, apart = np.concatenate(same), np.concatenate(divergences)
    return Agreement(tokens=len(alike), top_1=float(alike.mean()), kl=max(0.0, float(apart.mean())))


def _log_shares(logits: Weights) -> Weights:
    """Logarithms of the shares that logits stand for, row by row."""
    shifted = logits - logits.max(-1, keepdims=True)
    shares: Weights = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return shares


def _array(tensor: "Tensor") -> Weights:
    return tensor.float().numpy()
