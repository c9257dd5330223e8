"""Approved rows as examples for a model."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, or_, select

from assistant.data_sets.data_set import item_of
from assistant.data_sets.rows import Row
from assistant.data_sets.splits import ties
from assistant.data_sets.tables import DataSetRow, ItemRow
from assistant.evaluation.ranking import same_document
from assistant.examples import Example, Examples
from assistant.searching import Searching
from ingest.catalogue import Catalogue

_TRAIN = "train"
_MOST_ROWS = 4000
"""Of all sets together, the newest: each question is embedded once and kept."""
_MOST_CHARS = 600
"""Of the passage of an example."""


@dataclass(frozen=True, kw_only=True)
class _Pool:
    """Rows that may be shown."""

    version: tuple[object, ...]
    rows: Sequence[Row]
    fingerprint: str


class ApprovedExamples:
    """The approved rows of parts “train”, and of sets that give examples. Thread-safe.

    A row serves when it has an answer and the words of the documents that hold it.
    """

    def __init__(self, *, catalogue: Catalogue, searching: Callable[[], Searching]) -> None:
        self._catalogue = catalogue
        self._searching = searching
        self._known: _Pool | None = None
        self._reading = threading.Lock()

    def near(self, question: str, most: int) -> Sequence[Example]:
        """The likest rows by the cosine of their questions; none that asks the same."""
        return self._near(question, most, Row(id="", question=question))

    def apart_from(self, row: Row) -> Examples:
        """Those that share nothing with a row that is asked to see how good its answer is.

        Neither its document, nor its conversation, nor the row that it is a paraphrase of.
        """
        return _Apart(self, row)

    @property
    def fingerprint(self) -> str:
        """The same for the same rows: 64 hexadecimal digits."""
        return self._pool().fingerprint

    def _near(self, question: str, most: int, apart: Row) -> list[Example]:
        rows = [row for row in self._pool().rows if not _shares_anything(row, apart)]
        if not rows:
            return []
        vectors = self._searching().embedder.sentences([question, *(row.question for row in rows)])
        nearness: NDArray[np.float32] = vectors[1:] @ vectors[0]
        likest = np.argsort(-nearness, kind="stable")[:most]
        return [_example(rows[at]) for at in likest]

    def _pool(self) -> _Pool:
        with self._reading, self._catalogue.session() as session:
            may = ItemRow.state == "approved", or_(ItemRow.part == _TRAIN, DataSetRow.gives_examples)
            seen = select(func.count(), func.max(ItemRow.id), func.max(ItemRow.changed_at))
            version = tuple(session.execute(seen.join(DataSetRow).where(*may)).one())
            if self._known is None or self._known.version != version:
                query = select(ItemRow).join(DataSetRow).where(*may).order_by(ItemRow.id.desc()).limit(_MOST_ROWS)
                rows = [row for row in (item_of(item).row for item in session.scalars(query)) if _serves(row)]
                # The same row in two sets is one example.
                distinct = list({row.question.casefold(): row for row in reversed(rows)}.values())
                self._known = _Pool(version=version, rows=distinct, fingerprint=_fingerprint(distinct))
            return self._known


@dataclass(frozen=True)
class _Apart:
    examples: ApprovedExamples
    row: Row

    def near(self, question: str, most: int) -> Sequence[Example]:
        return self.examples._near(question, most, self.row)


def _serves(row: Row) -> bool:
    quoted = any(source.quote for source in row.sources)
    return row.answerable and quoted and bool(row.answers) and not row.history and not row.is_summary


def _shares_anything(row: Row, other: Row) -> bool:
    if not set(ties(row)).isdisjoint(ties(other)):
        return True
    return any(same_document(a.document, b.document) for a in row.sources for b in other.sources)


def _example(row: Row) -> Example:
    quote = next(source.quote for source in row.sources if source.quote)
    return Example(question=row.question, passage=_cut(quote), answer=row.answers[0])


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS].rsplit(' ', 1)[0]} …"


def _fingerprint(rows: Sequence[Row]) -> str:
    return hashlib.sha256("\n".join(row.content_hash for row in rows).encode()).hexdigest()
