"""The support check: which sentences of an answer the passages do not bear out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.events import Source, Span
from assistant.quoting import EmbedsSentences
from assistant.support.claims import Claim, claims_of
from assistant.support.evidence import Evidence, Read, told

ENOUGH = 0.5
"""Score from which a sentence counts as supported."""

_EMBEDDED = 3
"""Lines of the passages that are embedded for each sentence, those that share most of its words: all together tell
no more, and embedding costs nearly all the time."""


class KnowsRarity(Protocol):
    """What the check needs of the lexical index."""

    def rarity(self, words: Sequence[str]) -> Mapping[str, float]:
        """Inverse document frequency of each term."""
        ...


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the passages say about a sentence of the answer."""

    span: Span
    """Its place in the answer."""
    n: int | None
    """Number of the passage that supports it best; None when none does, or when it claims nothing."""
    score: float
    """How well it is supported: 0 not at all, 1 fully; 1 when it claims nothing."""
    reason: str
    """In words, without a stop."""
    is_claim: bool = True
    """Whether there is anything to support: a question, a courtesy or “not in the documents” claims nothing."""
    cited: tuple[int, ...] = ()
    """Numbers of the passages that it cites."""

    @property
    def supported(self) -> bool:
        """Whether it may stand unmarked."""
        return self.score >= ENOUGH


class Support:
    """Judges sentences by wording, figures, names and meaning. Thread-safe."""

    def __init__(self, *, lexical: KnowsRarity, embedder: EmbedsSentences) -> None:
        self._lexical = lexical
        self._embedder = embedder

    def unsupported(self, answer: str, sources: Sequence[Source]) -> tuple[Span, ...]:
        """Spans of the sentences of `answer` that none of the `sources` supports, in order."""
        return tuple(judgement.span for judgement in self.judge(answer, sources) if not judgement.supported)

    def judge(self, answer: str, sources: Sequence[Source]) -> list[Judgement]:
        """What `sources`, the passages that were read, say about each sentence of `answer`, in order.

        A sentence that cites is held to any of them: the wrong number is no lack of support. Where a cited one
        supports it, that is the one named.
        """
        claims = claims_of(answer)
        checked = [claim for claim in claims if claim.is_checked]
        read = [Read(source) for source in sources]
        rarity = self._lexical.rarity(list(dict.fromkeys(term for claim in checked for term in told(claim))))
        evidence = [Evidence(claim, read, rarity) for claim in checked]
        verdicts = iter(
            _best(claim, one, read, cosines)
            for claim, one, cosines in zip(checked, evidence, self._cosines(evidence, read), strict=True)
        )
        return [next(verdicts) if claim.is_checked else _nothing_claimed(claim) for claim in claims]

    def _cosines(self, evidence: Sequence[Evidence], read: Sequence[Read]) -> list[list[NDArray[np.float32]]]:
        """For each sentence and passage: its cosines with the passage's lines, NaN where the wording is too far off."""
        nearest = [one.nearest(_EMBEDDED) for one in evidence]
        places = list(dict.fromkeys(place for some in nearest for place in some))
        texts = [one.text for one in evidence] + [read[at].lines[line].in_context for at, line in places]
        vectors = self._embedder.sentences(texts)
        vector_of = dict(zip(places, vectors[len(evidence) :], strict=True))
        cosines = [[np.full(len(passage.lines), np.nan, np.float32) for passage in read] for _ in evidence]
        for one, some, vector in zip(cosines, nearest, vectors, strict=False):
            for at, line in some:
                one[at][line] = vector_of[at, line] @ vector
        return cosines


def _best(claim: Claim, evidence: Evidence, read: Sequence[Read], cosines: Sequence[NDArray[np.float32]]) -> Judgement:
    verdicts = [(passage.n, evidence.weigh(at, cosines[at])) for at, passage in enumerate(read)]
    if not verdicts:
        return Judgement(span=claim.span, n=None, score=0.0, reason="no passage was read", cited=claim.cited)
    n, verdict = max(verdicts, key=lambda pair: (pair[1].score >= ENOUGH and pair[0] in claim.cited, pair[1].score))
    is_enough = verdict.score >= ENOUGH
    return Judgement(
        span=claim.span, n=n if is_enough else None, score=verdict.score, reason=verdict.reason, cited=claim.cited
    )


def _nothing_claimed(claim: Claim) -> Judgement:
    return Judgement(span=claim.span, n=None, score=1.0, reason="it claims nothing", is_claim=False, cited=claim.cited)
