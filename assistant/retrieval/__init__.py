"""Finding passages: look up by meaning and by words, then rank what either found."""

from assistant.retrieval.rankings import RankingName
from assistant.retrieval.retriever import Retrieval, Retriever, UnknownCollection

__all__ = ["RankingName", "Retrieval", "Retriever", "UnknownCollection"]
