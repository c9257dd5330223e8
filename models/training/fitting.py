"""Fitting an embedding model to pairs of questions and passages, on the processor, gently."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event

from models.embedding import Embedder
from models.training.pairs import Pair


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

    def run(
        self,
        base: Path | None,
        train: Sequence[Pair],
        held_out: Sequence[Pair],
        folder: Path,
        *,
        threads: int | None = None,
        progress: Callable[[FitProgress], None] | None = None,
        cancel: Event | None = None,
    ) -> Fitted:
        """Fit the model in the folder `base` (None: the packaged one) and write what is best into `folder`.

        What is written is the old model moved towards the new one by the share that finds the held-out passages
        best (Wortsman et al., “Robust fine-tuning of zero-shot models”, CVPR 2022), the old one where none does.
        Work that was cut off goes on at its last checkpoint, in `folder`, when it is run again with the same pairs.

        Raises:
            FittingError: too few pairs, or `cancel` was set: what was learnt waits in `folder`.
            ModelFileError: there is no such model.
        """
        if len(train) < 2 * self.batch_size or len(held_out) < 2:
            raise FittingError(
                f"{len(train)} pairs to learn from and {len(held_out)} to check by are too few: "
                f"{2 * self.batch_size} and 2 are the least."
            )
        folder.mkdir(parents=True, exist_ok=True)
        from models.training.run import FittingRun

        embedder = Embedder(base, threads=threads)
        return FittingRun(
            self, embedder, train, held_out, folder, progress or (lambda _: None), cancel or Event()
        ).run()

    @property
    def name(self) -> str:
        """All settings in one text."""
        return json.dumps(asdict(self), sort_keys=True)
