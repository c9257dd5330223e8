"""Ingest against bare embedding of the same chunks: `python -m benchmarks.ingest [FOLDER]`.

The goal is 0.8 or more: parsing, chunking and writing may cost a quarter of what embedding costs.
"""

import sys
import tempfile
import time
from pathlib import Path

from assistant.desk import SAMPLES, Desk
from assistant.settings import Settings
from ingest.plain import plain
from ingest.sources import walk


def main() -> None:
    """Run it."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES / "documents"
    with tempfile.TemporaryDirectory() as folder, Desk(Settings(home=Path(folder))) as desk:
        desk.embedder.warm()
        desk.parser.start()
        began = time.perf_counter()
        outcomes = list(desk.ingest(walk([source], collection="c")))
        ingest_s = time.perf_counter() - began
        texts = embedded_texts(desk)

        began = time.perf_counter()
        desk.embedder.passages(texts)
        bare_s = time.perf_counter() - began
    taken = sum(outcome.status == "added" for outcome in outcomes)
    print(
        f"{taken} documents, {len(texts)} chunks: ingest {len(texts) / ingest_s:.1f} chunks/s,"
        f" bare embedding {len(texts) / bare_s:.1f} chunks/s, ratio {bare_s / ingest_s:.2f} (goal 0.8 or more)"
    )


def embedded_texts(desk: Desk) -> list[str]:
    """What was embedded, or near enough: the heading path and the text of every passage."""
    passages = [
        passage
        for collection_id in desk.catalogue.collections().values()
        for passage in desk.catalogue.passages(sorted(desk.catalogue.chunk_ids(collection_id))).values()
    ]
    return ["\n".join((" > ".join(passage.headings), plain(passage.text))) for passage in passages]


if __name__ == "__main__":
    main()
