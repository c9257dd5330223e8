"""Fitting an embedding model to pairs of questions and passages, on the processor, gently."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from models.embedding import Embedder
from models.training.fitting import FitProgress, Fitted, Fitting, FittingError
from models.training.pairs import Pair


def fit(
    base: Path | None,
    train: Sequence[Pair],
    held_out: Sequence[Pair],
    fitting: Fitting,
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
    least = 2 * fitting.batch_size
    if len(train) < least or len(held_out) < 2:
        raise FittingError(
            f"{len(train)} pairs to learn from and {len(held_out)} to check by are too few: "
            f"{least} and 2 are the least."
        )
    folder.mkdir(parents=True, exist_ok=True)
    from models.training.run import FittingRun

    embedder = Embedder(base, threads=threads)
    return FittingRun(fitting, embedder, train, held_out, folder, progress or (lambda _: None), cancel or Event()).run()
