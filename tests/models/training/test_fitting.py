"""Real fittings, of a model that is small enough."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.embedding import Embedder
from models.training import FitProgress, Fitting, FittingError, Pair, fit

WORDS = {
    "apple": "fruit",
    "bridge": "stone",
    "canal": "water",
    "dog": "animal",
    "engine": "motor",
    "forest": "trees",
    "garden": "roses",
    "harbour": "ships",
    "jacket": "coat",
    "kettle": "steam",
    "lamp": "light",
    "mirror": "glass",
    "needle": "thread",
    "oven": "bread",
    "piano": "music",
    "beach": "sand",
}
"""What is asked for, and what the passages call it."""
ASKED = list(WORDS)
PAIRS = [
    Pair(question=f"where is the {asked}", passage=f"In room {room} there is {said}.")
    for room in ("one", "two", "three", "four", "five", "six")
    for asked, said in WORDS.items()
]
TRAIN, HELD_OUT = PAIRS[16:], PAIRS[:16]
FITTING = Fitting(epochs=3, batch_size=8, rate=2e-3, check_every=10)


@pytest.fixture(scope="module")
def base(tiny_embedding: Callable[[int], Path]) -> Path:
    return tiny_embedding(1)


def test_what_was_fitted_finds_more_and_is_a_model_like_any_other(base: Path, tmp_path: Path) -> None:
    told: list[FitProgress] = []
    fitted = fit(base, TRAIN, HELD_OUT, FITTING, tmp_path / "new", progress=told.append)
    assert fitted.after > fitted.before
    assert 0 < fitted.share <= 1
    assert (fitted.pairs, fitted.held_out) == (len(TRAIN), len(HELD_OUT))
    assert told[-1].stage == "averaging"
    steps = [event for event in told if event.stage == "fitting"]
    assert [event.step for event in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].loss < steps[0].loss
    assert {path.suffix for path in (tmp_path / "new").rglob("*") if path.is_file()} <= {
        ".json",
        ".txt",
        ".safetensors",
    }
    new = Embedder(tmp_path / "new")
    assert new.fingerprint != Embedder(base).fingerprint
    assert new.passages(["A lamp."]).shape == Embedder(base).passages(["A lamp."]).shape


def test_a_cancelled_fitting_goes_on_and_ends_as_if_it_had_never_stopped(base: Path, tmp_path: Path) -> None:
    whole = fit(base, TRAIN, HELD_OUT, FITTING, tmp_path / "whole")
    cancel = threading.Event()

    def stop_at_seven(event: FitProgress) -> None:
        if event.step == 7:
            cancel.set()

    with pytest.raises(FittingError, match="cancelled"):
        fit(base, TRAIN, HELD_OUT, FITTING, tmp_path / "cut", progress=stop_at_seven, cancel=cancel)
    steps: list[int] = []
    cut = fit(base, TRAIN, HELD_OUT, FITTING, tmp_path / "cut", progress=lambda event: steps.append(event.step))
    assert min(steps) >= 7
    assert (cut.after, cut.share) == (whole.after, whole.share)
    texts = [pair.passage for pair in HELD_OUT]
    np.testing.assert_allclose(
        Embedder(tmp_path / "cut").passages(texts), Embedder(tmp_path / "whole").passages(texts), atol=1e-5
    )
    assert not list((tmp_path / "cut").glob("checkpoint*"))


def test_a_checkpoint_of_other_pairs_is_not_gone_on_with(base: Path, tmp_path: Path) -> None:
    cancel = threading.Event()
    with pytest.raises(FittingError):
        fit(base, TRAIN, HELD_OUT, FITTING, tmp_path, progress=lambda e: e.step == 2 and cancel.set(), cancel=cancel)  # type: ignore[func-returns-value]
    steps: list[int] = []
    fit(base, TRAIN[8:], HELD_OUT, FITTING, tmp_path, progress=lambda event: steps.append(event.step))
    assert steps[0] == 0


def test_what_helps_nothing_leaves_the_old_weights(base: Path, tmp_path: Path) -> None:
    swapped = [Pair(question=a.question, passage=b.passage) for a, b in zip(TRAIN, TRAIN[7:] + TRAIN[:7], strict=True)]
    easy = [Pair(question=pair.passage, passage=pair.passage) for pair in HELD_OUT]
    fitted = fit(base, swapped, easy, FITTING, tmp_path / "new")
    assert fitted.share == 0
    assert fitted.after == fitted.before == 1
    np.testing.assert_allclose(Embedder(tmp_path / "new").passages(ASKED), Embedder(base).passages(ASKED), atol=1e-6)


def test_too_few_pairs_are_said_to_be_too_few(base: Path, tmp_path: Path) -> None:
    with pytest.raises(FittingError, match=r"3 pairs .* 16 and 2"):
        fit(base, TRAIN[:3], HELD_OUT, FITTING, tmp_path)
