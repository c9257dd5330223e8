"""The full text made anew from the passages, when the program's analysis is another one than the catalogue's."""

from collections import defaultdict

from sqlalchemy import select

from ingest.catalogue import Catalogue
from ingest.embedded import embedded_where
from ingest.index.analysis import ANALYSIS
from ingest.index.lexical import LexicalIndex
from ingest.tables import ChunkRow, IndexState

_TOGETHER = 250
"""Passages in one transaction, for which other writers wait: about a quarter of a second."""


def reanalyse(catalogue: Catalogue) -> int:
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
            passages = embedded_where(session, ChunkRow.id > last, most=_TOGETHER)
            if not passages:
                IndexState.of(session).analysis = ANALYSIS
                return made
            texts = defaultdict[int, dict[int, str]](dict)
            for passage in passages:
                texts[passage.collection_id][passage.chunk_id] = passage.text
            for collection_id, some in texts.items():
                lexical.replace(session, collection_id, some)
        last = passages[-1].chunk_id
        made += len(passages)
