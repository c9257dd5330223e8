"""The summary without a model: the sentences that say most of a document, and not the same twice.

A sentence is central when it is near to the mean of all (MEAD; Radev et al., 2004); one after the other is chosen that
is central and unlike those chosen already, as maximal marginal relevance has it (Carbonell & Goldstein, 1998), but the
two multiplied: added up, what nothing else is like would be chosen for that alone. They are read in the document's
order.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from assistant.events import Quote, Source
from assistant.quoting import EmbedsSentences
from assistant.quoting.candidates import Candidate, candidates_of
from ingest.index.analysis import STOP_WORDS, terms

_EARLY = 0.2
"""What the last sentence of a document lacks of the first: what is to be known is mostly said first. Set by hand."""
_EMBEDDED = 600
"""Sentences at most: embedding costs nearly all the time. Of longer documents, those of each passage whose words the
document repeats most (SumBasic; Nenkova & Vanderwende, 2005)."""
_FEWEST_TERMS, _MOST_CHARS = 4, 500
_ITEM = re.compile(r"(?:[-–—•*]|\(?\w{1,3}[.)])\s")
_ENDS = re.compile(r"[.!…。！।॥။។۔][\"'’”」』)）\]]*$")


class Extractor:
    """Chooses sentences. Thread-safe."""

    def __init__(self, embedder: EmbedsSentences) -> None:
        self._embedder = embedder

    def extract(
        self, sources: Sequence[Source], sentences: int, *, allows: Callable[[str], bool] = lambda text: True
    ) -> list[Quote]:
        """At most so many sentences of `sources`, which are in reading order, in that order.

        A sentence that `allows` refuses is passed over. Empty where there is none that could stand alone.
        """
        whole = [one for one in candidates_of(sources) if not one.is_row and len(one.text) <= _MOST_CHARS]
        # Slides and lists may have no whole sentence at all: then what they have is taken.
        candidates = _distinct(
            [one for one in whole if _stands_alone(one.text)] or [one for one in whole if _says(one.text)]
        )
        if len(candidates) > _EMBEDDED:
            candidates = _telling(candidates)
        if not candidates:
            return []
        vectors = self._embedder.sentences([one.text for one in candidates])
        chosen: list[int] = []
        for at in _in_turns(vectors, len(candidates)):
            if len(chosen) == sentences:
                break
            if allows(candidates[at].text):
                chosen.append(at)
        central = _centrality(vectors)
        return [_quote(candidates[at], float(central[at])) for at in sorted(chosen)]


def _in_turns(vectors: NDArray[np.float32], count: int) -> list[int]:
    """Places of sentences, the best first; more than anybody asks for are not worth the time."""
    worth = np.maximum(_centrality(vectors), 0) * (1 - _EARLY * np.linspace(0, 1, count))
    likest = np.zeros(count, dtype=np.float32)
    left = np.ones(count, dtype=bool)
    order: list[int] = []
    for _ in range(min(count, 60)):
        at = int(np.argmax(np.where(left, worth * (1 - likest), -np.inf)))
        order.append(at)
        left[at] = False
        likest = np.maximum(likest, vectors @ vectors[at])
    return order


def _centrality(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine with the mean of all."""
    mean = vectors.mean(axis=0)
    central: NDArray[np.float32] = vectors @ (mean / (np.linalg.norm(mean) or 1.0))
    return central


def _stands_alone(text: str) -> bool:
    """Whether it is a sentence that can be read without what stands around it: no question, no rest of one."""
    return bool(_ENDS.search(text)) and not _ITEM.sub("", text)[:1].islower() and _says(text)


def _says(text: str) -> bool:
    return sum(term not in STOP_WORDS for term in terms(text)) >= _FEWEST_TERMS


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each wording once: a header or footer stands on every page."""
    seen: dict[str, Candidate] = {}
    for one in candidates:
        seen.setdefault(" ".join(one.text.casefold().split()), one)
    return list(seen.values())


def _telling(candidates: Sequence[Candidate]) -> list[Candidate]:
    """As many of each passage, those whose words are the most frequent in the whole."""
    held = [[term for term in terms(one.text) if term not in STOP_WORDS] for one in candidates]
    counts = Counter(term for words in held for term in set(words))
    weight = [sum(counts[term] for term in words) / len(words) for words in held]
    by_passage: dict[int, list[int]] = {}
    for at, one in enumerate(candidates):
        by_passage.setdefault(one.rank, []).append(at)
    each = ceil(_EMBEDDED / len(by_passage))
    kept = [at for places in by_passage.values() for at in sorted(places, key=lambda at: -weight[at])[:each]]
    kept = sorted(kept, key=lambda at: -weight[at])[:_EMBEDDED]
    return [candidates[at] for at in sorted(kept)]


def _quote(candidate: Candidate, score: float) -> Quote:
    return Quote(
        n=candidate.source.n,
        passage=candidate.source.passage,
        text=" ".join(candidate.text.split()),
        start=candidate.start,
        end=candidate.end,
        score=score,
    )
