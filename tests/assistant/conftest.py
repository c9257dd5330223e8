from collections.abc import Callable

import pytest

from assistant.events import Source
from ingest.catalogue import Passage


@pytest.fixture(scope="session")
def source() -> Callable[..., Source]:
    """Makes a source of a passage with this text."""

    def make(
        text: str, *, headings: tuple[str, ...] = (), header: str | None = None, title: str | None = None, n: int = 1
    ) -> Source:
        passage = Passage(
            chunk_id=n,
            version_id=1,
            ordinal=0,
            document="handbook.md",
            collection="documents",
            format="markdown",
            title=title,
            page_starts=(),
            headings=headings,
            header=header,
            text=text,
            start=100,
            end=100 + len(text),
        )
        return Source(n=n, passage=passage)

    return make
