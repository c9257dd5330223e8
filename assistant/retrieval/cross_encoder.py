"""A second look at the best passages: a model that reads question and passage together."""

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from models.gguf import ModelFileError


class CrossEncoding:
    """A sentence-transformers cross-encoder in a folder; loaded when first needed, from local files only. Thread-safe.

    Raises:
        ModelFileError: there is no such model here.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "config.json").is_file():
            raise ModelFileError(f"“{folder}” is not the folder of a cross-encoder.")
        self._folder = folder
        self._lock = threading.Lock()

    def relevance(self, question: str, texts: Sequence[str]) -> list[float]:
        """The probability that each text answers the question: 0 to 1.

        Raises:
            ModelFileError: the model gives more than one score a pair.
        """
        if not texts:
            return []
        with self._lock:
            scores = np.asarray(self._model.predict([(question, text) for text in texts], show_progress_bar=False))
        if scores.ndim != 1:
            raise ModelFileError(
                f"The cross-encoder in “{self._folder}” gives {scores.shape[1]} scores a passage, not one."
            )
        return [float(score) for score in scores]

    @cached_property
    def _model(self) -> Any:
        import torch
        from sentence_transformers import CrossEncoder

        return CrossEncoder(str(self._folder), local_files_only=True, activation_fn=torch.nn.Sigmoid())
