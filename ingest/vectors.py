"""An embedding model together with the index of its vectors: neither is of use with another one's."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.index.dense import DenseIndex


class Embeds(Protocol):
    """What is needed of an embedding model to make vectors."""

    @property
    def fingerprint(self) -> str:
        """A name for the weights."""
        ...

    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        """One vector a text: (n, d)."""
        ...


@dataclass(frozen=True, kw_only=True)
class Vectors:
    """A model and its vectors."""

    embedder: Embeds
    dense: DenseIndex
