"""Ingest against bare embedding of the same chunks: `python -m benchmarks.ingest [FOLDER]`.

The goal is 0.8 or more: parsing, chunking and writing may cost a quarter of what embedding costs.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.desk import SAMPLES, Desk
from assistant.settings import Settings
from ingest.sources import walk


def main() -> None:
    """Run it."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES / "documents"
    with tempfile.TemporaryDirectory() as folder, Desk(Settings(home=Path(folder))) as desk:
        desk.embedder.warm()
        desk.parser.start()
        texts: list[str] = []
        embed = desk.embedder.passages

        def recorded(batch: Sequence[str]) -> NDArray[np.float32]:
            texts.extend(batch)
            return embed(batch)

        desk.embedder.passages = recorded  # type: ignore[method-assign]
        began = time.perf_counter()
        outcomes = list(desk.ingest(walk([source], collection="c")))
        ingest_s = time.perf_counter() - began

        began = time.perf_counter()
        embed(texts)
        bare_s = time.perf_counter() - began
    taken = sum(outcome.status == "added" for outcome in outcomes)
    print(
        f"{taken} documents, {len(texts)} chunks: ingest {len(texts) / ingest_s:.1f} chunks/s,"
        f" bare embedding {len(texts) / bare_s:.1f} chunks/s, ratio {bare_s / ingest_s:.2f} (goal 0.8 or more)"
    )


if __name__ == "__main__":
    main()
