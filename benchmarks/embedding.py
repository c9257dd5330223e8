"""What fitting the embedding model is worth: `python -m benchmarks.embedding ROWS DOCUMENTS`.

Fits the packaged model to a folder of documents and its rows as `refdesk embedding fit` does, and says what dense
search alone and the fused search find before and after, of the rows that it never met. With `--made` it learns from
pairs made of the documents, those that are asked about included: then no row is learnt from, and all are asked.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from assistant.data_sets.rows import Row, read_rows
from assistant.desk import Desk
from assistant.embedding.gate import ranking
from assistant.embedding.material import Material, gather
from assistant.embedding.negatives import with_negatives
from assistant.evaluation.statistics import compare
from assistant.retrieval import RankingName, Retriever
from assistant.searching import Searching
from assistant.settings import Settings
from ingest.embedded import embedded
from ingest.sources import walk
from ingest.vectors import Vectors
from models.embedding import Embedder
from models.training import FitProgress, Fitting, fit

_COLLECTION = "fitted-to"
_FIRST = 5
_RANKINGS: tuple[RankingName, ...] = ("dense", "weighed")


def main(
    rows: Annotated[Path, typer.Argument(help="A JSON lines file of rows.")],
    documents: Annotated[Path, typer.Argument(help="The folder of their documents.")],
    made: Annotated[bool, typer.Option(help="Learn from pairs made of the documents, and from no row.")] = False,
    most: Annotated[int, typer.Option(help="Most pairs to learn from.")] = 1000,
    asked: Annotated[int, typer.Option(help="Most rows to ask.")] = 400,
    mined: Annotated[bool, typer.Option(help="Learn from hard negatives too.")] = False,
    epochs: int = 1,
    threads: int = 2,
    home: Annotated[Path | None, typer.Option(help="A folder to make the desk in and keep it.")] = None,
) -> None:
    """Run it."""
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(home=home or Path(temporary, "home"), embedding={"threads": threads})
        with Desk(settings) as desk:
            list(desk.ingest(walk([documents], collection=_COLLECTION)))
            material = _material(desk, read_rows(rows), made=made)
            new = _fitted(desk, material, Path(temporary, "new"), most=most, mined=mined, epochs=epochs)
            _measure(desk, new, material.judged[:asked])


def _material(desk: Desk, rows: Sequence[Row], *, made: bool) -> Material:
    chunk_ids = desk.catalogue.chunk_ids(desk.catalogue.collections()[_COLLECTION])
    passages = list(embedded(desk.catalogue, chunk_ids))
    if not made:
        return gather(rows, passages, made=False)
    from_documents = gather([], passages)
    answerable = [row for row in rows if row.answerable and row.sources]
    return Material(from_rows=(), made=from_documents.made, checked=from_documents.checked, judged=answerable, free={})


def _fitted(desk: Desk, material: Material, folder: Path, *, most: int, mined: bool, epochs: int) -> Searching:
    train, checked = (material.from_rows or material.made)[:most], material.checked
    if mined and material.from_rows:
        count = len(train)
        both = with_negatives([*train, *checked], desk.retriever, material.free, collections=[_COLLECTION])
        train, checked = both[:count], both[count:]
    began = time.monotonic()

    def show(event: FitProgress) -> None:
        typer.echo(f"  {event.stage} {event.step}/{event.total}, loss {event.loss:.3f}, {event.rate:.1f}/s", err=True)

    fitted = fit(None, train, checked, Fitting(epochs=epochs), folder, threads=desk.embedder.threads, progress=show)
    print(f"{fitted.pairs} pairs, {fitted.steps} steps in {(time.monotonic() - began) / 60:.1f} minutes, ", end="")
    print(f"share {fitted.share}; MRR of {fitted.held_out} held-out pairs {fitted.before:.3f} -> {fitted.after:.3f}")
    return desk.searching_with(Embedder(folder, threads=desk.embedder.threads))


def _measure(desk: Desk, new: Searching, rows: Sequence[Row]) -> None:
    def accept(_old: Vectors, _new: Vectors) -> bool:
        for name in _RANKINGS:
            old_found, new_found = (
                _found(_retriever(desk, searching, name), rows) for searching in (desk.searching, new)
            )
            for measure in ("nDCG@10", f"recall@{_FIRST}"):
                first, second = old_found[measure], new_found[measure]
                print(
                    f"{name} {measure}: {_mean(first):.3f} -> {_mean(second):.3f}. {compare(first, second).statement}"
                )
        return False

    known = desk.followed.known()
    desk.reindexing.swap((known, desk.searching.vectors), (known, new.vectors), accept=accept)
    desk.reindexing.drop(new.dense)


def _retriever(desk: Desk, searching: Searching, ranking: RankingName) -> Retriever:
    return Retriever(
        catalogue=desk.catalogue,
        dense=searching.dense,
        lexical=desk.lexical,
        words=searching.words,
        embedder=searching.embedder,
        candidates=desk.settings.retrieval.candidates,
        ranking=ranking,
    )


def _found(retriever: Retriever, rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """By measure and row id."""
    found: dict[str, dict[str, float]] = {"nDCG@10": {}, f"recall@{_FIRST}": {}}
    for row in rows:
        passages = retriever.search(row.question, k=10, collections=[_COLLECTION]).passages
        judged = ranking(passages, row)
        found["nDCG@10"][row.id] = judged.ndcg(10)
        found[f"recall@{_FIRST}"][row.id] = judged.recall(_FIRST)
    return found


def _mean(values: dict[str, float]) -> float:
    return sum(values.values()) / len(values)


if __name__ == "__main__":
    typer.run(main)
