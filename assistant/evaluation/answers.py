"""Measures of an answer's text: against the answers that are known to be right, and against its passages."""

import re
import string
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

from assistant.data_sets.rows import GoldSource
from assistant.evaluation.ranking import Ranked, holds
from assistant.quoting import EmbedsSentences
from assistant.support import Judgement

_ARTICLE = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation)
_NOT_ROUGE = re.compile(r"[^a-z0-9]+")


def normalised(text: str) -> str:
    """As the official SQuAD script compares (Rajpurkar et al., 2016): lower case, without ASCII punctuation and
    articles, white space as single spaces."""
    bare = "".join(char for char in text.lower() if char not in _PUNCTUATION)
    return " ".join(_ARTICLE.sub(" ", bare).split())


def exact_match(answer: str, golds: Sequence[str]) -> float:
    """1 when the answer is one of `golds` but for what `normalised` takes out, else 0."""
    return _best(lambda gold: float(normalised(answer) == normalised(gold)), golds)


def token_f1(answer: str, golds: Sequence[str]) -> float:
    """Harmonic mean of the shares of words that answer and gold have in common, with the best of `golds`: 0 to 1.

    As the official script of SQuAD 2.0 has it: where one of the two has no words, 1 when both have none, else 0.
    """
    return _best(lambda gold: _f1(normalised(answer).split(), normalised(gold).split()), golds)


def contains_gold(answer: str, golds: Sequence[str]) -> float:
    """1 when the words of one of `golds`, as `normalised` leaves them, follow each other in the answer, else 0."""
    said = f" {normalised(answer)} "
    return _best(lambda gold: float(bool(normalised(gold)) and f" {normalised(gold)} " in said), golds)


def rouge_l(answer: str, golds: Sequence[str]) -> float:
    """ROUGE-L (Lin, 2004), the F-measure with the best of `golds`: 0 to 1.

    By the longest common subsequence of words, unstemmed, as the package rouge-score counts them: other letters than
    a to z, of either case, divide words.
    """
    return _best(lambda gold: _rouge_l(_rouge_words(answer), _rouge_words(gold)), golds)


def semantic_similarity(answer: str, golds: Sequence[str], embedder: EmbedsSentences) -> float:
    """Cosine of the embeddings of the answer and of the nearest of `golds`: -1 to 1; 0 where there is none."""
    if not answer.strip() or not golds:
        return 0.0
    vector, *others = embedder.sentences([answer, *golds])
    return max(float(other @ vector) for other in others)


def groundedness(judgements: Iterable[Judgement]) -> float | None:
    """Share of the answer's sentences that a passage supports: 0 to 1; None when it claims nothing."""
    return _share(judged.supported for judged in judgements if judged.is_claim)


def citation_recall(judgements: Iterable[Judgement]) -> float | None:
    """Share of the answer's sentences that a passage which they cite supports (ALCE; Gao et al., 2023): 0 to 1.

    None when it claims nothing.
    """
    return _share(not set(judged.cited).isdisjoint(judged.supporting) for judged in judgements if judged.is_claim)


def citation_precision(judgements: Iterable[Judgement]) -> float | None:
    """Share of the answer's citations that support their sentence: 0 to 1; None when it cites nothing.

    Simpler than ALCE's, which lets one count that supports only together with others.
    """
    return _share(n in judged.supporting for judged in judgements if judged.is_claim for n in judged.cited)


def cited_source_precision(cited: Sequence[Ranked], sources: Sequence[GoldSource]) -> float | None:
    """Share of the cited passages that hold one of the sources, by quote: 0 to 1; None when nothing is cited."""
    return _share(any(holds(passage, source, "quote") for source in sources) for passage in cited)


def cited_source_recall(cited: Sequence[Ranked], sources: Sequence[GoldSource]) -> float | None:
    """Share of the sources, by quote, that one of the cited passages holds: 0 to 1; None when there are no sources."""
    return _share(any(holds(passage, source, "quote") for passage in cited) for source in sources)


def _best(score: Callable[[str], float], golds: Sequence[str]) -> float:
    return max(map(score, golds), default=0.0)


def _share(of: Iterable[bool]) -> float | None:
    counted: Collection[bool] = list(of)
    return sum(counted) / len(counted) if counted else None


def _f1(answer: Sequence[str], gold: Sequence[str]) -> float:
    if not answer or not gold:
        return float(not answer and not gold)
    return _harmonic(sum((Counter(answer) & Counter(gold)).values()), len(answer), len(gold))


def _rouge_l(answer: Sequence[str], gold: Sequence[str]) -> float:
    return _harmonic(_longest_common(answer, gold), len(answer), len(gold))


def _harmonic(common: int, one: int, other: int) -> float:
    """The F-measure of `common` in `one` and in `other`."""
    return 2 * common / (one + other) if common else 0.0


def _rouge_words(text: str) -> list[str]:
    return _NOT_ROUGE.sub(" ", text.lower()).split()


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, a machine word at a time (Hyyrö, 2004)."""
    places: Counter[str] = Counter()
    for at, word in enumerate(one):
        places[word] |= 1 << at
    whole = (1 << len(one)) - 1
    row = whole
    for word in other:
        matches = row & places[word]
        row = ((row + matches) | (row - matches)) & whole
    return len(one) - row.bit_count()
