"""What a passage should be: `python -m benchmarks.passages`.

Needs REFDESK_DATA, a folder of data sets. Takes the same documents in with passages of several sizes, with and without
the headings above them in what is embedded and searched, and prints for each set: nDCG@10, and the share of the wanted
quote (of the wanted documents, where a set has no quotes) among the first five passages and among the first 5,000
characters, which passages of every size are given alike. Then, with passages as they ship: the same characters spent
on the neighbours of the best passages instead of on the next ones, and near-duplicates put behind what says something
else.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import numpy as np
import typer

from assistant.desk import Desk
from assistant.evaluation.ranking import Ranked, quote_share, rank, same_document
from assistant.evaluation.statistics import compare
from assistant.retrieval.rankings import RANKINGS, RankingName
from assistant.settings import Settings
from benchmarks.retrieval import CHECKED, Asked, check_set
from ingest.catalogue import Passage
from ingest.chunking import Chunk
from ingest.embedded import embedded_text
from ingest.index.analysis import terms

_WAYS = ((1000, True), (1000, False), (600, True), (1600, True))
"""Most characters of a passage, and whether its headings are embedded and searched; as they ship first."""
_READ_CHARS = 5000
_FIRST = 5
_DEFAULT: RankingName = "weighed"
_ALIKE = 0.8
"""Share of common words (Jaccard) from which on two passages are near-duplicates."""

Figures = dict[str, dict[str, float]]
"""By measure, then by row."""


def main(
    most: Annotated[int, typer.Option(help="Most questions of each set.")] = 300,
    sets: Annotated[str, typer.Option(help="Which, with commas between.")] = ",".join(CHECKED),
) -> None:
    """Run it."""
    data, names = Path(os.environ["REFDESK_DATA"]), sets.split(",")
    shipped: dict[str, Figures] = {}
    for size, with_headings in _WAYS:
        label = f"{size} characters" + ("" if with_headings else ", without headings")
        with (
            tempfile.TemporaryDirectory() as home,
            Desk(Settings(home=Path(home), ingest={"chunk_chars": size})) as desk,
        ):
            with patch("ingest.ingestion.embedded_text", embedded_text if with_headings else _text_alone):
                asked = {name: check_set(desk, data, name, most) for name in names}
            for name, some in asked.items():
                figures = _measured(some, _ranked_passages)
                report(name, label, figures, shipped.setdefault(name, figures))
                if (size, with_headings) == _WAYS[0]:
                    report(name, "with neighbours", _measured(some, _with_neighbours(desk)), figures)
                    report(name, "near-duplicates behind", _measured(some, _duplicates_behind), figures)
                    crowded = [each for each in some if _has_duplicates(_ranked_passages(each)[:_FIRST])]
                    print(f"{name}: near-duplicates among the first {_FIRST} of {len(crowded)} of {len(some)}")


def report(name: str, label: str, figures: Figures, shipped: Figures) -> None:
    """Print a line of the table, as Markdown: each measure, and what it gains over passages as they ship."""
    cells = []
    for measure, of in figures.items():
        gain = compare(shipped[measure], of).difference
        cells.append(f"{np.mean([*of.values()]):.3f} ({gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}])")
    print(f"| {name} ({len(figures['ndcg@10'])}) | {label} | {' | '.join(cells)} |", flush=True)


def _text_alone(title: str | None, chunk: Chunk) -> str:
    return replace(chunk, headings=()).search_text


def _measured(asked: Sequence[Asked], order: Callable[[Asked], Sequence[Passage]]) -> Figures:
    figures: Figures = {"ndcg@10": {}, "first five": {}, "first 5,000 characters": {}}
    for each in asked:
        passages = order(each)
        ranked = [Ranked(document=passage.document, text=passage.text) for passage in passages]
        counted = ranked if each.level == "document" else ranked[:10]  # looking for quotes takes long
        figures["ndcg@10"][each.id] = rank(counted, each.sources, each.level).ndcg(10)
        figures["first five"][each.id] = _held(each, ranked[:_FIRST])
        figures["first 5,000 characters"][each.id] = _held(each, _cut(ranked))
    return figures


def _held(asked: Asked, passages: Sequence[Ranked]) -> float:
    if asked.level == "quote":
        return float(np.mean([quote_share(passages, source) for source in asked.sources]))
    found = [any(same_document(passage.document, source.document) for passage in passages) for source in asked.sources]
    return float(np.mean(found))


def _cut(passages: Sequence[Ranked]) -> list[Ranked]:
    """As much of them as may be read, the last one cut."""
    kept, left = [], _READ_CHARS
    for passage in passages:
        kept.append(replace(passage, text=passage.text[:left]))
        left -= len(passage.text)
        if left <= 0:
            break
    return kept


def _ranked_passages(asked: Asked) -> list[Passage]:
    scores = RANKINGS[_DEFAULT](asked.candidates)
    return [asked.passages[i] for i in sorted(scores, key=lambda i: (-scores[i], i)) if i in asked.passages]


def _with_neighbours(desk: Desk) -> Callable[[Asked], list[Passage]]:
    """Each passage followed by the one before and the one after it in its document."""

    def order(asked: Asked) -> list[Passage]:
        best = _ranked_passages(asked)[:10]
        around = desk.catalogue.passages([p.chunk_id + step for p in best for step in (-1, 1)])
        taken: dict[int, Passage] = {}
        for passage in best:
            taken.setdefault(passage.chunk_id, passage)
            for step in (-1, 1):
                beside = around.get(passage.chunk_id + step)
                if beside is not None and beside.version_id == passage.version_id:
                    taken.setdefault(beside.chunk_id, beside)
        return [*taken.values()]

    return order


def _duplicates_behind(asked: Asked) -> list[Passage]:
    first: list[Passage] = []
    behind: list[Passage] = []
    for passage in (ranked := _ranked_passages(asked))[:20]:
        (behind if any(_are_alike(passage, other) for other in first) else first).append(passage)
    return [*first, *behind, *ranked[20:]]


def _has_duplicates(passages: Sequence[Passage]) -> bool:
    return any(_are_alike(one, other) for at, one in enumerate(passages) for other in passages[:at])


def _are_alike(one: Passage, other: Passage) -> bool:
    a, b = set(terms(one.text)), set(terms(other.text))
    return bool(a | b) and len(a & b) / len(a | b) >= _ALIKE


if __name__ == "__main__":
    typer.run(main)
