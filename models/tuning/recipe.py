"""How a model is trained: all that decides what becomes of the same weights and examples."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Literal

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Settings of a LoRA training (Hu et al., 2021); the defaults are what two cores finish in an hour."""

    rank: int = 16
    """Of the two small matrices that are learnt beside each big one."""
    alpha: int = 32
    """What they weigh, over the rank."""
    dropout: float = 0.0
    learning_rate: float = 3e-4
    """Its highest value: it rises over the warm-up, then falls evenly to a twentieth."""
    warm_up_steps: int = 20
    """At most; an eighth of a short training."""
    epochs: int = 2
    """Times that all examples are gone over; oftener where that makes fewer than `least_steps`."""
    least_steps: int = 48
    """What little there is to learn from is gone over until so many are made: a few steps change next to nothing."""
    most_steps: int | None = None
    """End after so many, however many epochs were planned."""
    batch_size: int = 8
    """Examples a step, about: what shares a prefix stays together. Of few examples fewer, or there were no steps."""
    most_tokens: int = 1536
    """Of an example's prompt and answer; longer ones are left out."""
    pack_tokens: int = 1024
    """Tokens that are computed at once, at most, when several examples are short or begin alike."""
    distil: float = 0.0
    """Share of the loss that is the divergence from the guesses of a teacher (Hinton et al., 2015), or, where there is
    none, of the untouched model, so that what it can already is kept; 0: only the answers are learnt."""
    recall: float = 0.5
    """What the answers that are learnt weigh, beside the held-out ones, in which state is the best: a desk is asked the
    same again. Few answers are not learnt by heart before the others become less likely; whether that does harm, the
    gate sees. 0: the held-out ones decide alone."""
    four_bit: bool = False
    """Hold the untouched weights in 4 bits meanwhile (QLoRA; Dettmers et al., 2023), which bitsandbytes does."""
    check_every: int = 25
    """Steps between two looks at the held-out examples; fewer in a short training, which is looked at four times."""
    patience: int = 3
    """Looks without a gain after which it ends."""
    checkpoint_s: float = 60.0
    """Seconds between two notes of where it stands; decides nothing about the result."""
    gradient_checkpointing: bool = False
    """Compute a third more and keep far less in memory."""
    seed: int = 0
    threads: int = 2
    device: Device = "auto"
    """auto: a CUDA card where there is one."""

    @property
    def hash(self) -> str:
        """Of all that decides the result; 64 hexadecimal digits."""
        settings = {name: held for name, held in asdict(self).items() if name != "checkpoint_s"}
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()

    def but(self, *, learning_rate: float | None = None, epochs: int | None = None) -> "Recipe":
        """The same with what is given; going over the examples so many times is then not cut short."""
        changed = self if learning_rate is None else replace(self, learning_rate=learning_rate)
        return changed if epochs is None else replace(changed, epochs=epochs, most_steps=None)


REDUCED = Recipe(rank=4, alpha=8, learning_rate=1e-3, warm_up_steps=2, epochs=1, most_steps=12, check_every=6)
"""For a first look at whether all works: a minute or two on the packaged model."""
