"""`quote`: the best-supported sentences of the passages, without a model."""

from assistant.quoting.quoter import EmbedsSentences, Quoter

__all__ = ["EmbedsSentences", "Quoter"]
