"""`quote`: the best-supported sentences of the passages, without a model, and how sure it is that they answer."""

from assistant.quoting.confidence import DOUBTFUL
from assistant.quoting.quoter import EmbedsSentences, Quoter, Weighed, quotes_of

__all__ = ["DOUBTFUL", "EmbedsSentences", "Quoter", "Weighed", "quotes_of"]
