"""What an embedding model makes of each word in its place: kept for passages as signs, one bit a dimension.

Comparing every word of a question with every word of a passage ("late interaction": Khattab and Zaharia, ColBERT, SIGIR
2020) finds more than comparing one vector with one, and the words' vectors are there when the passage's is made. The
signs alone order passages as well as the vectors do, in a thirty-second of the room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Signs = NDArray[np.uint8]
"""Of the words of a passage: shape (words, dimensions / 8), a bit a dimension."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """Words of a question, with their vectors."""

    texts: tuple[str, ...]
    vectors: NDArray[np.float32]
    """Shape (words, dimensions), each of length 1."""
    spelt: float = 0.0
    """Tokens a letter: about 0.25 in a language that the model knows, 1 where it can only spell, or not even that."""


class Vocabulary:
    """Tells which of a tokenizer's tokens begin a word and which are none."""

    def __init__(self, tokenizer: Any) -> None:
        tokens = [token or "" for token in tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))]
        special = set(tokenizer.all_special_ids)
        marks_begin = not any(token.startswith("##") for token in tokens) and any(
            t.startswith(("▁", "Ġ")) for t in tokens
        )
        self._begins = np.array([t.startswith(("▁", "Ġ")) if marks_begin else not t.startswith("##") for t in tokens])
        self._texts = [token.removeprefix("##").lstrip("▁Ġ") for token in tokens]
        self._says = np.array(
            [at not in special and any(map(str.isalnum, text)) for at, text in enumerate(self._texts)]
        )

    def words(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> tuple[list[str], NDArray[np.float32]]:
        """The words of a text and the mean vector of the tokens of each: (n,) and (n, dimensions).

        `ids` are the text's tokens, `vectors` theirs; punctuation and special tokens are no words.
        """
        begins = self._begins[ids] | ~self._says[ids]
        begins[1:] |= ~self._says[ids[:-1]]
        begins[:1] = True
        starts = np.flatnonzero(begins)
        ends = np.append(starts[1:], len(ids))
        says = self._says[ids[starts]] if len(starts) else np.zeros(0, dtype=bool)
        texts = ["".join(self._texts[at] for at in ids[start:end]) for start, end in zip(starts, ends, strict=True)]
        sums = np.add.reduceat(vectors, starts, axis=0) if len(starts) else vectors
        means = sums / (ends - starts)[:, None].astype(np.float32)
        return [text for text, is_word in zip(texts, says, strict=True) if is_word], means[says]

    def spelt(self, text: str, ids: NDArray[np.int64]) -> float:
        """Tokens a letter or digit of a text, those that no token stands for counted singly."""
        letters = sum(map(str.isalnum, text))
        known = [len(self._texts[at]) for at in ids if self._says[at]]
        return (len(known) + max(0, letters - sum(known))) / letters if letters else 1.0


def signs(vectors: NDArray[np.float32]) -> Signs:
    """Of vectors (n, dimensions)."""
    return np.packbits(vectors > 0, axis=1)


def similarities(vectors: NDArray[np.float32], kept: Sequence[Signs]) -> list[NDArray[np.float32]]:
    """About the cosine of each of `vectors` (n, dimensions) with each word of passages: (n, words) a passage."""
    dimensions = vectors.shape[1]
    # A bit stands for +1 or -1: v·(2b - 1) = 2 v·b - sum of v. One passage at a time stays in the processor's cache.
    twice, total = 2 * vectors.T, vectors.sum(axis=1)
    near = (np.unpackbits(each, axis=1, count=dimensions).astype(np.float32) @ twice - total for each in kept)
    return [each.T / np.float32(np.sqrt(dimensions)) for each in near]
