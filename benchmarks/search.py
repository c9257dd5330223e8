"""How long a search takes on a large desk: `python -m benchmarks.search [--home HOME] [--chunks N]...`.

Measured is `desk.search` as it comes, the question's embedding included, over all collections and in one. Needs
REFDESK_DATA, a folder of data sets, for the questions; each is asked once.

To embed 100,000 passages takes the best part of an hour, so most are made: of two real passages of one collection,
every other sentence of each, which leaves words as frequent as they are; the vector is a mix of theirs with noise,
and of their words' signs it has every other one. The real ones are those of a closed desk's home (`--home`, which is
copied), or two handbooks of REFDESK_DATA. All is written as ingestion writes it. Beside the times stands how many of
the passages nearest to a question the dense index finds, held against all vectors.
"""

import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

import numpy as np
import typer
from numpy.typing import NDArray

from assistant.desk import Desk
from assistant.settings import Settings
from ingest.catalogue import Passage
from ingest.chunking import Chunk
from ingest.elements import ParsedDocument
from ingest.embedded import embedded_text
from ingest.sentences import split_sentences
from ingest.sources import walk
from ingest.versions import Versions
from models.words import Signs

QUESTIONS = ("xquad-en", "clapnq", "chunking", "scifact")
"""Folders in eval."""
ASKED = 200
"""Questions over all collections, and as many in one."""
_PIECES = 4
"""Collections that the made passages are spread over."""
_OF_A_DOCUMENT = 250
_NOISE = 0.4
"""Length of the noise, beside 1 for the mix of two vectors."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A passage that is made of two."""

    text: str
    vector: Vectors
    signs: Signs


def main(
    home: Annotated[Path | None, typer.Option(help="The home of a closed desk whose passages are mixed.")] = None,
    chunks: Annotated[list[int], typer.Option(help="How large a desk is measured.")] = [10_000, 100_000],  # noqa: B006
) -> None:
    """Run it."""
    data = Path(os.environ["REFDESK_DATA"])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "home")
        if home is not None:
            shutil.copytree(home, folder)
        with Desk(Settings(home=folder)) as desk:
            if home is None:
                _take_in(desk, data)
            vectors = _vectors(folder, desk)
            passages = _passages(desk, [*vectors])
        questions = iter(_questions(data))
        for size in sorted(chunks):
            with Desk(Settings(home=folder)) as desk:
                _grow(desk, passages, vectors, size)
            with Desk(Settings(home=folder)) as desk:  # as it is after a start
                desk.embedder.warm()
                measure(desk, [next(questions) for _ in range(2 * ASKED)], vectors)


def measure(desk: Desk, questions: Sequence[str], vectors: dict[int, Vectors]) -> None:
    """Print the times of a desk, and what share of the nearest passages its dense index finds."""
    size = desk.catalogue.counts()["passages"]
    desk.search("warm up")
    for name, some, collections in (
        ("all collections", questions[:ASKED], []),
        ("one of them", questions[ASKED:], ["made-0"]),
    ):
        wall, processor = _timed(desk, some, collections)
        figures = ", ".join(f"{np.percentile(wall, share):.1f}" for share in (50, 95))
        spent = ", ".join(f"{np.percentile(processor, share):.1f}" for share in (50, 95))
        print(f"{size} passages, {name}: p50, p95 {figures} ms; processor time {spent} ms", flush=True)
    ids, matrix = np.array([*vectors]), np.stack([*vectors.values()])
    found = []
    for question in questions[: ASKED // 2]:
        vector = desk.embedder.query(question)
        nearest = set(ids[np.argsort(-(matrix @ vector))[:40]].tolist())
        near = desk.dense.query(
            vector, desk.catalogue.collections().values(), 40, generation=desk.catalogue.generation()
        )
        found.append(len(nearest & {chunk_id for chunk_id, _ in near}) / 40)
    print(f"{size} passages: {np.mean(found):.3f} of the 40 nearest are found", flush=True)


def _timed(desk: Desk, questions: Sequence[str], collections: Sequence[str]) -> tuple[list[float], list[float]]:
    """Milliseconds by the clock and of the processor that each question takes."""
    wall, processor = [], []
    for question in questions:
        began, spent = time.perf_counter(), time.process_time()
        desk.search(question, k=10, collections=collections)
        wall.append(1000 * (time.perf_counter() - began))
        processor.append(1000 * (time.process_time() - spent))
    return wall, processor


def _take_in(desk: Desk, data: Path) -> None:
    for name in ("18f_handbook", "govuk_developer_docs"):
        for outcome in desk.ingest(walk([data / "handbooks" / name], collection=name)):
            assert outcome.status in ("added", "failed"), outcome


def _vectors(home: Path, desk: Desk) -> dict[int, Vectors]:
    """All vectors by chunk id."""
    import chromadb
    from chromadb.api.client import Client
    from chromadb.config import Settings as ChromaSettings

    desk.dense.close()
    client = cast(
        Client, chromadb.PersistentClient(str(home / "chroma"), settings=ChromaSettings(anonymized_telemetry=False))
    )
    found: dict[int, Vectors] = {}
    for collection in client.list_collections():
        stored = collection.get(include=["embeddings"])
        assert stored["embeddings"] is not None
        found |= {int(i): np.array(v, np.float32) for i, v in zip(stored["ids"], stored["embeddings"], strict=True)}
    client.close()
    return found


def _passages(desk: Desk, chunk_ids: Sequence[int]) -> list[Passage]:
    parts = (chunk_ids[begin : begin + 500] for begin in range(0, len(chunk_ids), 500))
    return [passage for part in parts for passage in desk.catalogue.passages(part).values()]


def _grow(desk: Desk, passages: Sequence[Passage], vectors: dict[int, Vectors], size: int) -> None:
    """Add made passages, and their vectors, until there are so many."""
    versions = Versions(desk.catalogue, desk.files)
    there = desk.catalogue.counts()["passages"]
    signs = desk.searching.words.signs([passage.chunk_id for passage in passages])
    made = _mixed(passages, vectors, signs, random.Random(there))
    for number, begin in enumerate(range(there, size, _OF_A_DOCUMENT)):
        some = [next(made) for _ in range(min(_OF_A_DOCUMENT, size - begin))]
        document = ParsedDocument(text="\n\n".join(each.text for each in some), elements=())
        chunks = [Chunk(ordinal=n, text=each.text, start=0, end=len(each.text)) for n, each in enumerate(some)]
        staged = versions.stage(
            collection=f"made-{number % _PIECES}",
            name=f"{there}-{number}.txt",
            sha256="",
            size=0,
            recipe="made",
            document=document,
            chunks=chunks,
        )
        added = np.stack([each.vector for each in some])
        desk.dense.add(staged.collection_id, staged.chunk_ids, added)
        texts = [embedded_text(document.title, chunk) for chunk in chunks]
        versions.show(
            staged,
            dict(zip(staged.chunk_ids, texts, strict=True)),
            desk.searching.vectors,
            signs={chunk_id: each.signs for chunk_id, each in zip(staged.chunk_ids, some, strict=True)},
        )
        vectors |= dict(zip(staged.chunk_ids, added, strict=True))


def _mixed(
    passages: Sequence[Passage], vectors: dict[int, Vectors], signs: dict[int, Signs], chance: random.Random
) -> Iterator[Made]:
    by_collection: dict[str, list[Passage]] = {}
    for passage in passages:
        by_collection.setdefault(passage.collection, []).append(passage)
    noise = np.random.default_rng(chance.randrange(2**32))
    sentences = {
        each.chunk_id: [each.text[start:end] for start, end in split_sentences(each.text)] for each in passages
    }
    while True:
        one = chance.choice(passages)
        other = chance.choice(by_collection[one.collection])
        text = " ".join([*sentences[one.chunk_id][::2], *sentences[other.chunk_id][1::2]])
        drawn = noise.standard_normal(len(vectors[one.chunk_id])).astype(np.float32)
        vector = vectors[one.chunk_id] + vectors[other.chunk_id]
        vector = vector / np.linalg.norm(vector) + _NOISE * drawn / np.linalg.norm(drawn)
        yield Made(
            text=text,
            vector=vector / np.linalg.norm(vector),
            signs=np.concatenate([signs[one.chunk_id][::2], signs[other.chunk_id][1::2]]),
        )


def _questions(data: Path) -> list[str]:
    """Questions of all sets, each once, in an order of their own that is always the same."""
    files = [data / "eval" / name / "rows.jsonl" for name in QUESTIONS]
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    questions = sorted({row["question"] for row in rows})
    random.Random(0).shuffle(questions)
    return questions


if __name__ == "__main__":
    typer.run(main)
