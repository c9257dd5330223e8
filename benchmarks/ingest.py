"""Ingest against bare embedding of the same chunks: `python -m benchmarks.ingest [FOLDER]`.

The goal is 0.8 or more: parsing, chunking and writing may cost a quarter of what embedding costs.
"""

import sys
import tempfile
import time
from pathlib import Path

from assistant.desk import Desk
from assistant.samples import SAMPLES
from assistant.settings import Settings
from ingest.chunking import chunk_document
from ingest.embedded import embedded_text
from ingest.parsing import ParseError
from ingest.sources import walk


def main() -> None:
    """Run it."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES / "documents"
    with tempfile.TemporaryDirectory() as folder, Desk(Settings(home=Path(folder))) as desk:
        warm_up(desk, Path(folder))
        began = time.perf_counter()
        outcomes = list(desk.ingest(walk([source], collection="measured")))
        ingest_s = time.perf_counter() - began
        texts = embedded_texts(desk, source)

        began = time.perf_counter()
        desk.embedder.passages(texts)
        bare_s = time.perf_counter() - began
    taken = sum(outcome.status == "added" for outcome in outcomes)
    print(
        f"{taken} documents, {len(texts)} chunks: ingest {len(texts) / ingest_s:.1f} chunks/s,"
        f" bare embedding {len(texts) / bare_s:.1f} chunks/s, ratio {bare_s / ingest_s:.2f} (goal 0.8 or more)"
    )


def warm_up(desk: Desk, folder: Path) -> None:
    """Take in a page, so that loading the models and libraries is measured on neither side."""
    page = folder / "page.html"
    page.write_text("<h1>Otters</h1><p>Otters live along the canal.</p>", encoding="utf-8")
    list(desk.ingest(walk([page], collection="warm-up")))


def embedded_texts(desk: Desk, source: Path) -> list[str]:
    """What the ingest has embedded."""
    texts = []
    for file in walk([source], collection="measured"):
        try:
            document = desk.parser.parse(file.path, name=file.name)
        except ParseError:
            continue
        texts += [embedded_text(document.title, chunk) for chunk in chunk_document(document)]
    return texts


if __name__ == "__main__":
    main()
