"""An embedding model together with what it made of the passages: neither is of use with another one's."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.index.dense import DenseIndex
from ingest.index.words import WordIndex
from models.words import Signs


class Embeds(Protocol):
    """What is needed of an embedding model to make vectors."""

    @property
    def fingerprint(self) -> str:
        """A name for the weights."""
        ...

    def passages_in_words(self, texts: list[str]) -> tuple[NDArray[np.float32], list[Signs]]:
        """One vector a text, (n, d), and the signs of each text's words; no signs from a model that gives none."""
        ...


@dataclass(frozen=True, kw_only=True)
class Vectors:
    """A model, its vectors, and the signs of the words."""

    embedder: Embeds
    dense: DenseIndex
    words: WordIndex
