"""Whether a GGUF file computes what the checkpoint does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.engine import Engine, EngineError
from models.template import Segment
from models.tuning.checkpoint import Checkpoint
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
    """Mean Kullback-Leibler divergence of the GGUF file's guesses from the checkpoint's, in nats."""


def agreement(checkpoint: Checkpoint, gguf: Path, texts: Sequence[str], *, adapter: Path | None = None) -> Agreement:
    """Compare at every token of the texts, each cut to 512 tokens; control tokens in them are read as such.

    `adapter` is a GGUF file that is laid over `gguf`.

    Raises:
        TuningError: llama.cpp cannot load the file, or there is no text.
    """
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(checkpoint.folder, dtype=torch.float32).eval()  # type: ignore[no-untyped-call]
    same, divergences = [], []
    try:
        engine = Engine(gguf, context_tokens=_CONTEXT_TOKENS, threads=torch.get_num_threads(), adapter=adapter)
        try:
            for text in texts:
                tokens = engine.encode([Segment(text, is_template=True)])[:_CONTEXT_TOKENS]
                if not tokens:
                    continue
                there = torch.from_numpy(engine.logits(tokens)).log_softmax(-1)
                with torch.inference_mode():
                    here = model(input_ids=torch.tensor([tokens])).logits[0].float().log_softmax(-1)
                same.append(_array(here.argmax(-1) == there.argmax(-1)))
                divergences.append(_array((here.exp() * (here - there)).sum(-1)))
        finally:
            engine.close()
    except EngineError as error:
        raise TuningError(f"“{gguf.name}” does not work: {error}.") from error
    if not same:
        raise TuningError("There is no text to compare the two models on.")
    alike, apart = np.concatenate(same), np.concatenate(divergences)
    return Agreement(tokens=len(alike), top_1=float(alike.mean()), kl=max(0.0, float(apart.mean())))


def _array(tensor: "Tensor") -> Weights:
    return tensor.float().numpy()
