"""How well passages are found, step by step: `python -m benchmarks.retrieval`; `--fit` fits the reranker's weights.

Needs REFDESK_DATA, a folder of data sets. Prints a table of data sets by ways to rank: nDCG@10, recall@5, and what
each gains over the better of BM25 and dense alone, with paired bootstrap intervals. The weights are fitted to SQuAD 2.0
(half of its dev set), QED and COVID-QA; the other sets are only looked at. A desk in the folder that `--home` names is
made once and used again.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from assistant.data_sets.rows import GoldSource
from assistant.desk import Desk
from assistant.evaluation.ranking import Level, Ranked, rank
from assistant.evaluation.statistics import compare, interval
from assistant.retrieval import Retriever
from assistant.retrieval.candidates import Candidates
from assistant.retrieval.rankings import RANKINGS, RankingName
from assistant.settings import Settings
from benchmarks.data import Row, file_names, ingest_folder, ingest_passages, read_rows, train_rows
from benchmarks.reranking import Judged, fit
from ingest.catalogue import Passage

FITTED = {"squad2_cs224n_dev": (16, 900), "qed_dev": (900, 900), "covidqa": (100, 900)}
"""Files in train/qa that the weights are fitted to, and how many documents and questions of each."""
CHECKED = ("scifact", "chunking", "xquad-en", "clapnq")
"""Folders in eval."""
_ALONE: tuple[RankingName, ...] = ("bm25", "dense")
_HARD = 0.90
"""A set on which the better of the two alone is below this has room for a gain."""
_AROUND_ANSWER = 120
"""Characters on either side of an answer that count as the place to find."""
_LONGEST_ANSWER = 300
_TIMED = 100


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question, what was found for it, and what should be."""

    id: str
    candidates: Candidates
    passages: Mapping[int, Passage]
    sources: Sequence[GoldSource]

    @property
    def level(self) -> Level:
        """By quote where the sources have one."""
        return "quote" if any(source.quote for source in self.sources) else "document"

    def measures(self, ranking: RankingName) -> tuple[float, float]:
        """NDCG@10 and recall@5."""
        scores = RANKINGS[ranking](self.candidates)
        best = [self.passages[i] for i in sorted(scores, key=lambda i: (-scores[i], i)) if i in self.passages]
        counted = best if self.level == "document" else best[:10]  # looking for quotes takes long
        ranked = rank((_ranked(passage) for passage in counted), self.sources, self.level)
        return ranked.ndcg(10), ranked.recall(5)

    def judged(self) -> Judged:
        """Which of the candidates are right."""
        found = (self.passages.get(chunk_id) for chunk_id in self.candidates.ids)
        right = [p is not None and bool(rank([_ranked(p)], self.sources, self.level).held[0]) for p in found]
        return Judged(candidates=self.candidates, right=np.array(right, dtype=bool))


def main(
    home: Annotated[Path | None, typer.Option(help="A folder to make the desk in and keep it.")] = None,
    fit_weights: Annotated[bool, typer.Option("--fit", help="Fit the weights and write them.")] = False,
    most: Annotated[int | None, typer.Option(help="Most questions of each set.")] = None,
) -> None:
    """Run it."""
    data = Path(os.environ["REFDESK_DATA"])
    with tempfile.TemporaryDirectory() as temporary, Desk(Settings(home=home or Path(temporary))) as desk:
        if fit_weights:
            fitted = {name: _train_set(desk, data, name, *limits) for name, limits in FITTED.items()}
            fit([[each.judged() for each in asked] for asked in fitted.values()])
        gains: dict[RankingName, list[float]] = {ranking: [] for ranking in RANKINGS}
        for name in CHECKED:
            asked = check_set(desk, data, name, most)
            report(name, asked, gains)
            report_speed(desk, name, data)
        for ranking, some in gains.items():
            print(f"{ranking}: mean gain over the sets below {_HARD}: {np.mean(some):+.3f} ({len(some)} sets)")


def report(name: str, asked: Sequence[Asked], gains: dict[RankingName, list[float]]) -> None:
    """Print a set's lines of the table, as Markdown."""
    measured = {ranking: {each.id: each.measures(ranking) for each in asked} for ranking in RANKINGS}
    ndcg = {ranking: {row: pair[0] for row, pair in of.items()} for ranking, of in measured.items()}
    baseline = max(_ALONE, key=lambda ranking: np.mean([*ndcg[ranking].values()]))
    reached = float(np.mean([*ndcg[baseline].values()]))
    for ranking, of in measured.items():
        gain = compare(ndcg[baseline], ndcg[ranking]).difference
        recall = interval([pair[1] for pair in of.values()])
        print(
            f"| {name} ({len(asked)}) | {ranking} | {interval([*ndcg[ranking].values()])} | {recall}"
            f" | {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] |",
            flush=True,
        )
        if reached < _HARD:
            gains[ranking].append(gain.value)


def report_speed(desk: Desk, name: str, data: Path) -> None:
    """Print how long a search takes, the question's embedding included."""
    questions = [row["question"] for row in read_rows(data / "eval" / name / "rows.jsonl")[:_TIMED]]
    for ranking in RANKINGS:
        retriever = Retriever(
            catalogue=desk.catalogue,
            dense=desk.dense,
            lexical=desk.lexical,
            words=desk.searching.words,
            embedder=desk.embedder,
            candidates=desk.settings.retrieval.candidates,
            ranking=ranking,
        )
        seconds = []
        for question in questions:
            began = time.perf_counter()
            retriever.search(question, k=10, collections=[name])
            seconds.append(time.perf_counter() - began)
        print(f"{name}, {ranking}: {statistics.median(seconds) * 1000:.0f} ms a search", flush=True)


def check_set(desk: Desk, data: Path, name: str, most: int | None) -> list[Asked]:
    """Take a set's documents in and ask its questions."""
    ingest_folder(desk, name, data / "eval" / name / "documents")
    rows = [row for row in read_rows(data / "eval" / name / "rows.jsonl") if row["sources"]]
    return [_ask(desk, name, row, row["sources"]) for row in rows[:most]]


def _train_set(desk: Desk, data: Path, name: str, documents: int, questions: int) -> list[Asked]:
    rows = train_rows(data, name, documents)
    ingest_passages(desk, name, rows)
    files = file_names(rows)
    placed = [(row, _place(row)) for row in rows if row["answerable"]]
    return [
        _ask(desk, name, row, [{"document": files[row["document"]], "quote": place}])
        for row, place in [pair for pair in placed if pair[1]][:questions]
    ]


def _place(row: Row) -> str:
    """The answer with what stands around it; empty when it is not there."""
    passage, answer = (" ".join(text.split()) for text in (row["passage"], row["answers"][0]))
    at = passage.find(answer)
    end = at + min(len(answer), _LONGEST_ANSWER) + _AROUND_ANSWER
    return "" if at < 0 else passage[max(0, at - _AROUND_ANSWER) : end]


def _ask(desk: Desk, collection: str, row: Row, sources: Sequence[Row]) -> Asked:
    candidates = desk.retriever.candidates(row["question"], collections=[collection])
    return Asked(
        id=str(row["id"]),
        candidates=candidates,
        passages=desk.catalogue.passages(candidates.ids),
        sources=[GoldSource(document=one["document"], quote=one.get("quote")) for one in sources],
    )


def _ranked(passage: Passage) -> Ranked:
    return Ranked(document=passage.document, text=passage.text)


if __name__ == "__main__":
    typer.run(main)
