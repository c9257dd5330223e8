"""What a fitting is asked for, how far it has come, and what it came to."""

import json
from dataclasses import asdict, dataclass


class FittingError(Exception):
    """A model cannot be fitted; one sentence."""


@dataclass(frozen=True, kw_only=True)
class FitProgress:
    """How far a fitting has come."""

    stage: str
    """fitting, checking or averaging."""
    step: int
    total: int
    loss: float
    """Mean of the last steps."""
    rate: float
    """Pairs a second."""
    eta_s: float | None
    """Seconds until the last step, from the rate so far."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What a fitting came to."""

    pairs: int
    """Learnt from."""
    pairs_hash: str
    held_out: int
    """Pairs that were not learnt from, by which the best weights were chosen."""
    before: float
    """MRR of the model as it was, on the held-out pairs."""
    after: float
    """MRR of what was written."""
    share: float
    """Of the new weights in what was written; 0: none was better than the old model, whose weights these are."""
    steps: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """How a model is fitted; the same pairs and settings give the same model on the same machine."""

    epochs: int = 1
    batch_size: int = 20
    rate: float = 4e-5
    """Highest learning rate."""
    most_tokens: int = 128
    """Of a text while it is learnt from: longer ones are cut, which costs far less time than it costs gain."""
    check_every: int = 15
    """Steps between two looks at the held-out pairs."""
    patience: int = 4
    """Looks without a gain after which it ends."""
    seed: int = 0

    @property
    def name(self) -> str:
        """All settings in one text."""
        return json.dumps(asdict(self), sort_keys=True)
