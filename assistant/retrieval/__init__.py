"""Finding passages: look up by meaning and by words, then rank what either found."""

from assistant.retrieval.given import Given
from assistant.retrieval.rankings import RankingName
from assistant.retrieval.retriever import Retrieval, Retriever, Searches, UnknownCollection, spread_of

__all__ = ["Given", "RankingName", "Retrieval", "Retriever", "Searches", "UnknownCollection", "spread_of"]
