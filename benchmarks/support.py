"""How well the support check tells supported sentences from wrong ones: `python -m benchmarks.support`.

Needs REFDESK_DATA, a folder of data sets. Supported are sentences of answers that people scored as faithful
(MTRAG), of long answers that people wrote (CLAP NQ) and of short answers put into words (SQuAD 2.0, QED, COVID-QA);
the wrong ones are the same with a figure, a name or a “not” changed, or held to other passages. Half of the
articles and conversations serve to fit weights as those in assistant/support/evidence.py; the others are reported.
"""

import hashlib
import os
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.events import Span
from assistant.support import Claim, Support, claims_of
from assistant.support.evidence import SAME, Evidence, Read, told
from assistant.support.support import ENOUGH
from benchmarks.supported import Changes, Scored, Sentence, scored_answers, supported
from ingest.index.analysis import terms
from ingest.index.lexical import idf
from models.embedding import Embedder

Floats = NDArray[np.float64]


class Counted:
    """The rarity of words among passages that are in no index."""

    def __init__(self, passages: Sequence[str]) -> None:
        self._size = len(passages)
        self._containing = Counter(term for text in passages for term in set(terms(text)))

    def rarity(self, words: Sequence[str]) -> Mapping[str, float]:
        """Inverse document frequency of each term."""
        return {word: idf(self._size, self._containing[word]) for word in words}


def main() -> None:
    """Run it."""
    data = Path(os.environ["REFDESK_DATA"])
    right = supported(data)
    changes = Changes(right)
    wrong = [changed for sentence in right for changed in changes.of(sentence)]
    answers = scored_answers(data)
    rarity = Counted(list(dict.fromkeys(text for sentence in right for text in sentence.passages)))
    embedder = Embedder()
    support = Support(lexical=rarity, embedder=embedder)

    report([sentence for sentence in [*right, *wrong] if not is_for_fitting(sentence.document)], support)
    report_weights([*right, *wrong], rarity, embedder)
    report_people(support, [answer for answer in answers if not is_for_fitting(answer.conversation)])
    report_speed(rarity, answers)


def score(support: Support, sentence: Sentence) -> float:
    """Of the whole sentence, should the splitter see several in it, the least."""
    return min((judged.score for judged in support.judge(sentence.text, sentence.sources)), default=1.0)


def report(sentences: Sequence[Sentence], support: Support) -> None:
    """Print what is marked, of supported sentences by set and of wrong ones by what is wrong."""
    by_set: defaultdict[str, list[float]] = defaultdict(list)
    by_change: defaultdict[str, list[float]] = defaultdict(list)
    for sentence in sentences:
        (by_change[sentence.change] if sentence.change else by_set[sentence.data]).append(score(support, sentence))
    right = [value for values in by_set.values() for value in values]
    wrong = [value for values in by_change.values() for value in values]
    for name, values in by_set.items():
        print(f"supported, {name}: {marked(values):.1%} of {len(values)} marked")
    print(f"supported, all: {marked(right):.1%} of {len(right)} marked")
    for change, values in by_change.items():
        print(f"wrong, {change}: {marked(values):.1%} of {len(values)} marked, AUC {auc(right, values):.3f}")
    print(f"wrong, all: {marked(wrong):.1%} of {len(wrong)} marked, AUC {auc(right, wrong):.3f}")


def report_people(support: Support, answers: Sequence[Scored]) -> None:
    """Print how well the share of supported sentences tells answers that people found faithful from the others."""
    share, is_low = [], []
    for answer in answers:
        judged = [one for one in support.judge(answer.answer, answer.sources) if one.is_claim]
        if judged:
            share.append(statistics.mean(one.supported for one in judged))
            is_low.append(statistics.median(answer.faithfulness) <= 2)
    low, high = np.array(share)[np.array(is_low)], np.array(share)[~np.array(is_low)]
    print(
        f"answers that people scored: {high.mean():.0%} of the sentences supported in the {len(high)} of 3 or 4,"
        f" {low.mean():.0%} in the {len(low)} of 1 or 2; AUC {auc(high, low):.3f}"
    )


def report_speed(rarity: Counted, answers: Sequence[Scored]) -> None:
    """Print the time for four sentences on three passages: nothing embedded before, and as in a turn, where quoting
    has embedded the lines."""
    embedder = Embedder()
    embedder.warm()
    support = Support(lexical=rarity, embedder=embedder)
    fresh: list[float] = []
    turn: list[float] = []
    for at, answer in enumerate(answer for answer in answers if len(answer.passages) >= 3):
        claims = [claim for claim in claims_of(answer.answer) if claim.is_checked][:4]
        if len(claims) == 4:
            text, sources = answer.answer[claims[0].span.start : claims[3].span.end], answer.sources[:3]
            if at % 2:
                embedder.sentences([line.in_context for source in sources for line in Read(source).lines])
            began = time.perf_counter()
            support.judge(text, sources)
            (turn if at % 2 else fresh).append(time.perf_counter() - began)
    print(
        f"four sentences on three passages: median {statistics.median(fresh) * 1000:.0f} ms with nothing embedded"
        f" before ({len(fresh)}), {statistics.median(turn) * 1000:.0f} ms in a turn ({len(turn)})"
    )


def marked(scores: Sequence[float]) -> float:
    """Share below the threshold."""
    return float(np.mean([value < ENOUGH for value in scores])) if scores else 0.0


def auc(high: Sequence[float] | Floats, low: Sequence[float] | Floats) -> float:
    """Probability that one of `high` is above one of `low`; ties count half."""
    below = np.searchsorted(np.sort(low), high, side="left")
    up_to = np.searchsorted(np.sort(low), high, side="right")
    return float((below + up_to).mean() / 2 / len(low))


def is_for_fitting(document: str) -> bool:
    """Half of the articles and conversations, always the same."""
    return hashlib.md5(document.encode(), usedforsecurity=False).digest()[0] % 2 == 0


def report_weights(sentences: Sequence[Sentence], rarity: Counted, embedder: Embedder) -> None:
    """Print the weights of a fit to telling supported sentences from the same held to other passages, and both AUC."""
    compared = [sentence for sentence in sentences if sentence.change in (None, "other passages")]
    features = np.array([_features(sentence, rarity, embedder) for sentence in compared])
    supported = np.array([sentence.change is None for sentence in compared])
    fitting = np.array([is_for_fitting(sentence.document) for sentence in compared])
    fitted = _fit(features[fitting], supported[fitting])
    print("weights of a fit:", dict(zip(SAME, fitted.round(1).tolist(), strict=True)))
    for name, weights in (("in use", np.array([*SAME.values()])), ("of the fit", fitted)):
        scores = features[~fitting] @ weights
        right = supported[~fitting]
        print(f"  AUC for other passages with the weights {name}: {auc(scores[right], scores[~right]):.3f}")


def _fit(features: Floats, supported: NDArray[np.bool_]) -> Floats:
    """Weights of a logistic regression."""
    inputs, wanted = torch.tensor(features), torch.tensor(supported, dtype=torch.double)
    weights = torch.zeros(features.shape[1], dtype=torch.double, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss: torch.Tensor = torch.nn.functional.binary_cross_entropy_with_logits(inputs @ weights, wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    fitted: Floats = weights.detach().numpy()
    return fitted


def _features(sentence: Sentence, rarity: Counted, embedder: Embedder) -> tuple[float, ...]:
    read = [Read(source) for source in sentence.sources]
    claim = Claim(span=Span(start=0, end=len(sentence.text)), text=sentence.text, cited=())
    evidence = Evidence(claim, read, rarity.rarity(told(claim)))
    lines = [read[at].lines[line].in_context for at, line in evidence.nearest(2)]
    vector, *others = embedder.sentences([sentence.text, *lines])
    return 1.0, max(evidence.cover), max(float(other @ vector) for other in others)


if __name__ == "__main__":
    main()
