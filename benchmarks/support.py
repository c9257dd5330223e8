"""How well the support check tells supported sentences from wrong ones: `python -m benchmarks.support`.

Needs REFDESK_DATA, a folder of data sets. Supported are sentences of answers that people scored as faithful
(MTRAG), of long answers that people wrote (CLAP NQ) and of short answers put into words (SQuAD 2.0, QED, COVID-QA);
the wrong ones are the same with a figure, a name or a “not” changed, or held to other passages. Half of the
articles and conversations serve to fit the weights of assistant/support/evidence.py, the others are reported.
"""

import hashlib
import os
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.support import Support
from assistant.support.evidence import SAME
from assistant.support.support import ENOUGH
from benchmarks.supported import Changes, Sentence, scored_answers, source, supported
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
    support = Support(lexical=rarity, embedder=Embedder(threads=1))

    scores = {id(sentence): score(support, sentence) for sentence in [*right, *wrong]}
    checked = [sentence for sentence in [*right, *wrong] if not is_for_fitting(sentence.document)]
    report(checked, scores)
    fit([sentence for sentence in [*right, *wrong] if is_for_fitting(sentence.document)], support)
    report_people(support, [answer for answer in answers if not is_for_fitting(answer.conversation)])
    report_speed(rarity, answers)


def score(support: Support, sentence: Sentence) -> float:
    """Of the whole sentence, should the splitter see several in it, the least."""
    return min((judged.score for judged in support.judge(sentence.text, sentence.sources)), default=1.0)


def report(sentences: Sequence[Sentence], scores: Mapping[int, float]) -> None:
    """Print what is marked, of supported sentences by set and of wrong ones by what is wrong."""
    by_set, by_change = defaultdict(list), defaultdict(list)
    for sentence in sentences:
        (by_change[sentence.change] if sentence.change else by_set[sentence.data]).append(scores[id(sentence)])
    right = [value for values in by_set.values() for value in values]
    wrong = [value for values in by_change.values() for value in values]
    for name, values in by_set.items():
        print(f"supported, {name}: {marked(values):.1%} of {len(values)} marked")
    print(f"supported, all: {marked(right):.1%} of {len(right)} marked")
    for change, values in by_change.items():
        print(f"wrong, {change}: {marked(values):.1%} of {len(values)} marked, AUC {auc(right, values):.3f}")
    print(f"wrong, all: {marked(wrong):.1%} of {len(wrong)} marked, AUC {auc(right, wrong):.3f}")


def report_people(support: Support, answers: Any) -> None:
    """Print how answers that people scored compare: each by the mean of its sentences."""
    judged = [
        (a, [j for j in support.judge(a.answer, [source(n, t) for n, t in enumerate(a.passages, 1)]) if j.is_claim])
        for a in answers
    ]
    judged = [(answer, found) for answer, found in judged if found]
    means = np.array([statistics.mean(j.supported for j in found) for _, found in judged])
    low = np.array([statistics.median(answer.faithfulness) <= 2 for answer, _ in judged])
    print(
        f"answers scored by people: AUC {auc(means[~low], means[low]):.3f} for telling the {low.sum()} of median 1 or 2"
        f" from the {(~low).sum()} others; supported sentences {means[low].mean():.0%} and {means[~low].mean():.0%}"
    )


def report_speed(rarity: Counted, answers: Any) -> None:
    """Print the time for the first four sentences of an answer on three passages, nothing of them embedded before."""
    seconds = []
    some = [answer for answer in answers if len(answer.passages) >= 3][:40]
    embedder = Embedder()
    embedder.warm()
    for answer in some:
        sources = [source(n, text) for n, text in enumerate(answer.passages[:3], start=1)]
        fresh = Support(lexical=rarity, embedder=embedder)
        text = " ".join(answer.answer.split(". ")[:4])
        began = time.perf_counter()
        fresh.judge(text, sources)
        seconds.append(time.perf_counter() - began)
    print(f"four sentences on three passages: median {statistics.median(seconds) * 1000:.0f} ms")


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


def fit(sentences: Sequence[Sentence], support: Support) -> None:
    """Print the weights that tell supported sentences best from the same held to other passages."""


if __name__ == "__main__":
    main()
