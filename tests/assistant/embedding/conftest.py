from collections.abc import Callable

import pytest

from ingest.chunking import Chunk
from ingest.embedded import Embedded


@pytest.fixture(scope="session")
def passage() -> Callable[..., Embedded]:
    """Makes a passage with this text."""

    def make(text: str, *, document: str = "a.md", headings: tuple[str, ...] = (), n: int = 1) -> Embedded:
        chunk = Chunk(ordinal=0, text=text, start=0, end=len(text), headings=headings)
        return Embedded(chunk_id=n, collection_id=1, document=document, title=None, chunk=chunk, text=chunk.search_text)

    return make
