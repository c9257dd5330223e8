"""`quote`: the best-supported sentences of the passages, without a model."""

from assistant.quoting.quoter import EmbedsSentences, Quoter, quotes_of

__all__ = ["EmbedsSentences", "Quoter", "quotes_of"]
