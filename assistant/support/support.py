"""The support check: which sentences of an answer the passages do not bear out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.events import Source, Span
from assistant.quoting import EmbedsSentences
from assistant.support.claims import Claim, claims_of
from assistant.support.evidence import Evidence, Read, Verdict, told

ENOUGH = 0.5
"""Score from which a sentence counts as supported."""

_EMBEDDED = 2
"""Lines of the passages that are embedded for a sentence which its words do not decide, those that share most of them:
embedding costs nearly all the time, and all lines together told no more."""

_UNREAD = Verdict(score=0.0, reason="no passage was read")


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
    supporting: tuple[int, ...]
    """Numbers of the passages that support it, cited ones first, then the best; none when it claims nothing."""
    score: float
    """How well it is supported: 0 not at all, 1 fully; 1 when it claims nothing."""
    reason: str
    """In words, without a stop."""
    is_claim: bool = True
    """Whether there is anything to support: a question, a courtesy or “not in the documents” claims nothing."""
    cited: tuple[int, ...] = ()
    """Numbers of the passages that it cites."""

    @property
    def n(self) -> int | None:
        """The passage to name for it, if one supports it."""
        return next(iter(self.supporting), None)

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
        nearness = self._nearness(evidence, read)
        judged = iter(
            _judgement(claim, [(passage.n, one.weigh(at, near.get(at))) for at, passage in enumerate(read)])
            for claim, one, near in zip(checked, evidence, nearness, strict=True)
        )
        return [next(judged) if claim.is_checked else _nothing_claimed(claim) for claim in claims]

    def _nearness(self, evidence: Sequence[Evidence], read: Sequence[Read]) -> list[dict[int, float]]:
        """For each sentence its highest cosine with a line of each passage; empty where the words decide alone."""
        nearest = [[] if one.is_decided else one.nearest(_EMBEDDED) for one in evidence]
        open_ones = [one.text for one, places in zip(evidence, nearest, strict=True) if places]
        lines = {place: read[place[0]].lines[place[1]].in_context for places in nearest for place in places}
        vectors = self._vectors([*open_ones, *lines.values()])
        return [
            {
                at: max(float(vectors[lines[place]] @ vectors[one.text]) for place in places if place[0] == at)
                for at, _ in places
            }
            for one, places in zip(evidence, nearest, strict=True)
        ]

    def _vectors(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        return dict(zip(texts, self._embedder.sentences(texts), strict=True)) if texts else {}


def _judgement(claim: Claim, verdicts: Sequence[tuple[int, Verdict]]) -> Judgement:
    """From how each passage, by number, supports the sentence."""
    ranked = sorted(verdicts, key=lambda one: (one[0] in claim.cited, one[1].score), reverse=True)
    supporting = tuple(n for n, verdict in ranked if verdict.score >= ENOUGH)
    best = max((verdict for _, verdict in verdicts), key=lambda verdict: verdict.score, default=_UNREAD)
    return Judgement(span=claim.span, supporting=supporting, score=best.score, reason=best.reason, cited=claim.cited)


def _nothing_claimed(claim: Claim) -> Judgement:
    return Judgement(
        span=claim.span, supporting=(), score=1.0, reason="it claims nothing", is_claim=False, cited=claim.cited
    )
