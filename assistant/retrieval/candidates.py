"""What the two look-ups found for a question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.words import Signs, Words


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Passages that may answer, by chunk id."""

    dense: Mapping[int, float]
    """Cosine of question and passage, the best first."""
    lexical: Mapping[int, float]
    """BM25, the best first."""
    terms: Mapping[str, float]
    """The question's terms in its order, with how much each counts."""
    bodies: Mapping[int, Sequence[str]]
    """Terms of each passage, in order."""
    words: Words
    """The question's words, with their vectors."""
    signs: Mapping[int, Signs]
    """Of the words of each passage that has them."""
    leans: bool = False
    """Whether the question was searched with a background."""

    @cached_property
    def ids(self) -> list[int]:
        """All of them, each once."""
        return list({**self.dense, **self.lexical})
