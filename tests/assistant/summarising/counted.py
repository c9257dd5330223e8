"""An embedding by counted words, for what has to be quick, and passages without a document."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.events import Source
from ingest.catalogue import Passage

_PLACES = 64


class CountedWords:
    """A vector counts the words of a text by a hash."""

    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A vector for each text, of length 1."""
        vectors = np.full((len(texts), _PLACES), 1e-3, dtype=np.float32)
        for at, text in enumerate(texts):
            for word in text.casefold().split():
                vectors[at, sum(word.encode()) % _PLACES] += 1
        normed: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normed


def passage_of(text: str, ordinal: int = 0, *, document: str = "winter.md") -> Passage:
    """The passage of a document."""
    return Passage(
        chunk_id=1000 + ordinal,
        version_id=1,
        ordinal=ordinal,
        document=document,
        collection="documents",
        format="markdown",
        title=None,
        page_starts=(),
        headings=(),
        header=None,
        text=text,
        start=ordinal * 1000,
        end=ordinal * 1000 + len(text),
    )


def source_of(text: str, n: int) -> Source:
    """It as a source."""
    return Source(n=n, passage=passage_of(text, n))
