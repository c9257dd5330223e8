"""The full text made anew from the passages, when the program's analysis is another one than the catalogue's."""

from collections.abc import Callable

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ingest.catalogue import Catalogue
from ingest.chunking import Chunk
from ingest.elements import ParsedDocument
from ingest.index.analysis import ANALYSIS
from ingest.index.lexical import LexicalIndex
from ingest.tables import ChunkRow, DocumentRow, IndexState, VersionRow

_TOGETHER = 250
"""Passages in one transaction, for which other writers wait: about a quarter of a second."""

SearchText = Callable[[ParsedDocument, Chunk], str]
"""What is searched of a chunk; of the document it sees the title."""


def reanalyse(catalogue: Catalogue, search_text: SearchText) -> int:
    """Bring the terms of all passages that can be found to this program's analysis; gives how many were made anew.

    The caller holds the right to write. Search goes on: passages whose turn has not come are found by their old terms.
    When it is cut off, the next time begins again.
    """
    with catalogue.session() as session:
        if session.scalar(select(IndexState.analysis)) == ANALYSIS:
            return 0
    lexical = LexicalIndex(catalogue.engine)
    last = made = 0
    while True:
        with catalogue.writing() as session:
            rows = _following(session, last)
            if not rows:
                IndexState.of(session).analysis = ANALYSIS
                return made
            for collection_id in {row.collection_id for row in rows}:
                texts = {row.ChunkRow.id: _text(row, search_text) for row in rows if row.collection_id == collection_id}
                lexical.replace(session, collection_id, texts)
        last = rows[-1].ChunkRow.id
        made += len(rows)


def _following(session: Session, last: int) -> list[Row[ChunkRow, int, str | None]]:
    query = (
        select(ChunkRow, DocumentRow.collection_id, VersionRow.title)
        .join(VersionRow, VersionRow.id == ChunkRow.version_id)
        .join(DocumentRow, DocumentRow.current_version_id == VersionRow.id)
        .where(ChunkRow.id > last)
        .order_by(ChunkRow.id)
        .limit(_TOGETHER)
    )
    return list(session.execute(query).all())


def _text(row: Row[ChunkRow, int, str | None], search_text: SearchText) -> str:
    chunk, _, title = row
    found = Chunk(
        ordinal=chunk.ordinal,
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        headings=tuple(chunk.headings),
        header=chunk.header,
    )
    return search_text(ParsedDocument(text="", elements=(), title=title), found)
