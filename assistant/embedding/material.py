"""What a model is fitted to and judged by: pairs to learn from, pairs to check by, and rows that it never meets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.data_sets.rows import Row
from assistant.data_sets.splits import split
from assistant.embedding.pairs import made_pairs, pairs_of_rows
from assistant.evaluation.ranking import same_document
from ingest.embedded import Embedded
from models.training.pairs import Pair

_PARTS: Mapping[str, float] = {"learn": 0.6, "judge": 0.4}
"""Shares of the rows."""
_CHECKED = 0.15
"""Share of the passages whose pairs are only checked by."""
_MOST_CHECKED = 200
"""Pairs: more make each look slower and the choice hardly better."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """Pairs and rows that share no document: whoever is judged has not learnt from what is asked about."""

    from_rows: Sequence[Pair]
    """To learn from, of rows that people approved."""
    made: Sequence[Pair]
    """To learn from, made of the documents."""
    checked: Sequence[Pair]
    """To choose the best weights by; of other passages than those learnt from."""
    judged: Sequence[Row]
    """To compare whole searches by."""
    free: Mapping[int, str]
    """What is embedded of the passages that may be met in learning, as right answers or wrong ones, by chunk id."""


def gather(rows: Sequence[Row], passages: Sequence[Embedded], *, made: bool = True, seed: int = 0) -> Material:
    """Divide the rows by document, and make pairs of the passages that no row is kept for judging by."""
    parts = split([row for row in rows if row.answerable and row.sources], _PARTS, seed=seed).parts
    kept_back = {source.document for row in parts["judge"] for source in row.sources}
    free = [passage for passage in passages if not any(same_document(passage.document, name) for name in kept_back)]
    from_rows = pairs_of_rows(parts["learn"], free)
    made_of = made_pairs(free, seed=seed) if made else []
    checked = _checked([pair.passage for pair in (from_rows or made_of)], seed)
    pool = from_rows or made_of  # what people asked is the better check
    return Material(
        from_rows=[pair for pair in from_rows if pair.passage not in checked],
        made=[pair for pair in made_of if pair.passage not in checked],
        checked=[pair for pair in pool if pair.passage in checked][:_MOST_CHECKED],
        judged=parts["judge"],
        free={passage.chunk_id: passage.text for passage in free},
    )


def _checked(passages: Sequence[str], seed: int) -> set[str]:
    """The passages whose pairs are kept for checking."""
    distinct = list(dict.fromkeys(passages))
    chosen = np.random.default_rng(seed).permutation(len(distinct))[: round(_CHECKED * len(distinct))]
    return {distinct[int(at)] for at in chosen}
