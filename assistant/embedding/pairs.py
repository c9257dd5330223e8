"""Pairs to fit an embedding model to: from rows that people approved, and made from the documents themselves."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from assistant.data_sets.rows import Row
from assistant.evaluation.ranking import Ranked, holds
from ingest.embedded import Embedded
from ingest.plain import plain
from ingest.sentences import split_sentences
from models.training.pairs import Pair

_LEAST_CHARS = 30
"""Of a sentence that stands for a question, and of a passage that is worth finding."""
_MOST_CHARS = 300
_KEPT_IN = 0.1
"""How often a sentence stays in the passage that it is to find (Lee, Chang and Toutanova, ACL 2019)."""


def pairs_of_rows(rows: Iterable[Row], passages: Sequence[Embedded]) -> list[Pair]:
    """A pair for each row and each passage that holds what answers it.

    A source without a quote gives a pair only where its document is one passage: which of several would be guessed.
    """
    by_name: defaultdict[str, list[Embedded]] = defaultdict(list)
    for passage in passages:
        by_name[_last(passage.document)].append(passage)
    pairs: dict[tuple[str, str], Pair] = {}
    for row in rows:
        if not row.answerable:
            continue
        for source in row.sources:
            held = [p for p in by_name[_last(source.document)] if holds(_ranked(p), source, "quote")]
            if source.quote or len(held) == 1:
                for passage in held:
                    pair = Pair(question=row.question, passage=passage.text)
                    pairs[pair.question, pair.passage] = pair
    return list(pairs.values())


def made_pairs(passages: Iterable[Embedded], *, seed: int = 0) -> list[Pair]:
    """Up to two pairs a passage, without any model: its heading to its text, and a sentence to the rest of it."""
    pairs = []
    chance = np.random.default_rng(seed)
    for passage in passages:
        text = plain(passage.chunk.text)
        label = _label(passage)
        body = text.removeprefix(passage.chunk.headings[-1]).strip() if passage.chunk.headings else text
        if label and len(body) >= _LEAST_CHARS:
            pairs.append(Pair(question=label, passage=body))
        sentences = [text[start:end] for start, end in split_sentences(text)]
        fit = [at for at, sentence in enumerate(sentences) if _LEAST_CHARS <= len(sentence) <= _MOST_CHARS]
        if len(sentences) < 2 or not fit:
            continue
        at = int(chance.choice(fit))
        if chance.random() >= _KEPT_IN:
            rest = " ".join(sentences[:at] + sentences[at + 1 :])
            pairs.append(Pair(question=sentences[at], passage=f"{label}\n{rest}" if label else rest))
        else:
            pairs.append(Pair(question=sentences[at], passage=passage.text))
    return pairs


def _label(passage: Embedded) -> str:
    """What the passage is headed by: the document's title and its own last heading."""
    parts = [passage.title or "", *passage.chunk.headings[-1:]]
    return ": ".join(dict.fromkeys(filter(None, parts)))


def _ranked(passage: Embedded) -> Ranked:
    pages = [page for _, page in passage.chunk.page_starts]
    return Ranked(
        document=passage.document,
        text=passage.chunk.text,
        page=pages[0] if pages else None,
        last_page=pages[-1] if pages else None,
    )


def _last(document: str) -> str:
    return document.replace("\\", "/").rstrip("/").rpartition("/")[2]
