"""The ways to rank what the look-ups found; `retrieval.ranking` chooses one, and the evaluation compares them."""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

from assistant.retrieval.candidates import Candidates
from assistant.retrieval.fusion import fuse
from assistant.retrieval.reranker import relevance, relevance_by_wording

RankingName = Literal["weighed", "wording", "rrf", "dense", "bm25"]
"""
- weighed: by meaning, word by word too, and wording, with fitted weights; the score is the probability of relevance
  (a question with a background is fused by rank);
- wording: the same without the meaning of single words;
- rrf: fused by rank, both look-ups alike;
- dense: cosine alone;
- bm25: words alone.
"""

Ranking = Callable[[Candidates], Mapping[int, float]]
"""A score for each passage that is to be ranked, by chunk id."""

RANKINGS: Mapping[RankingName, Ranking] = {
    "weighed": relevance,
    "wording": relevance_by_wording,
    "rrf": lambda candidates: fuse([[*candidates.dense], [*candidates.lexical]]),
    "dense": lambda candidates: candidates.dense,
    "bm25": lambda candidates: candidates.lexical,
}

assert set(RANKINGS) == set(get_args(RankingName))
