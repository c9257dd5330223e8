"""Hard negatives: passages that the desk's own search takes for answers and that are none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Event

from assistant.retrieval import Retriever
from models.training import FittingError, Pair

_LOOKED_AT = 12
"""Passages found for a question of which the first wrong one is taken."""


def with_negatives(
    pairs: Sequence[Pair],
    retriever: Retriever,
    texts: Mapping[int, str],
    *,
    collections: Sequence[str] = (),
    cancel: Event | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Pair]:
    """Each pair with the best-found passage that is not known to answer its question, if there is one.

    `texts` are what is embedded of the passages that may serve, by chunk id. Some of those found do answer the
    question though no row says so; fitting leaves out whatever its guide holds for as near as the right one.

    Raises:
        FittingError: `cancel` was set.
    """
    right: dict[str, set[str]] = {}
    for pair in pairs:
        right.setdefault(pair.question, set()).add(pair.passage)
    made = []
    for at, pair in enumerate(pairs):
        if cancel is not None and cancel.is_set():
            raise FittingError("The fitting was cancelled before it began to learn.")
        found = retriever.search(pair.question, k=_LOOKED_AT, collections=collections).passages
        wrong = [texts[passage.chunk_id] for passage in found if passage.chunk_id in texts]
        made.append(replace(pair, negatives=tuple(text for text in wrong if text not in right[pair.question])[:1]))
        if progress is not None:
            progress(at + 1, len(pairs))
    return made
