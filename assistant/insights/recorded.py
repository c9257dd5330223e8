"""What is known of all answers, as columns in memory: these are counted in milliseconds, where SQL takes seconds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Executable, Integer, Text, cast, func, select
from sqlalchemy.orm import Session

from assistant.facts import STAGES
from assistant.insights.tables import TopicRow
from assistant.tables import DiagnosisRow, SignalRow, SourceMarkRow, TurnDocumentRow, TurnFactsRow, TurnRow, VoteRow
from ingest.tables import CollectionRow, DocumentRow, IndexState

TEXTS = ("person", "outcome", "rail", "wording", "backend", "model", "prompt")
NUMBERS = ("unsupported", "tokens", "cost", "first_s", "total_s", *STAGES)

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Coded:
    """A column of texts, each distinct one once."""

    names: Mapping[str | None, int]
    """The distinct ones with their codes, from 0 on."""
    codes: Places
    """(n,) of each answer."""

    @classmethod
    def of(cls, values: Sequence[str | None], known: Iterable[str | None] = ()) -> "Coded":
        """Of texts; the codes of known ones stay."""
        names = {name: code for code, name in enumerate(dict.fromkeys((*known, *values)))}
        return cls(names, np.fromiter(map(names.__getitem__, values), dtype=np.int64, count=len(values)))

    def equal(self, value: str | None) -> Flags:
        """(n,) where it is this text."""
        flags: Flags = self.codes == self.names.get(value, -1)
        return flags

    def counted(self, places: Places | Flags) -> dict[str | None, int]:
        """How often each text stands in these places; those that do not are left out."""
        counts = np.bincount(self.codes[places], minlength=len(self.names))
        return {name: int(counts[code]) for name, code in self.names.items() if counts[code]}


@dataclass(frozen=True, kw_only=True)
class Used:
    """Documents that answers were looked for in: a line for each answer and document."""

    at: Places
    """Place of the answer."""
    document: Places
    """Id of the document."""
    cited: Flags
    """Whether the answer cites it."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """All answers in the order in which they were asked, n of them."""

    state: tuple[Any, ...]
    """Of the tables when they were read."""
    turn_ids: Places
    """(n,), ascending."""
    days: NDArray[np.datetime64]
    """(n,), in UTC."""
    texts: Mapping[str, Coded]
    """By `TEXTS`."""
    numbers: Mapping[str, NDArray[np.float64]]
    """(n,) each, by `NUMBERS`; NaN where there is none."""
    topics: Places
    """(n,) Id of the topic; 0 where there is none."""
    used: Used

    def places(self, turn_ids: Sequence[int]) -> Places:
        """Where answers stand; -1 for those that are not here."""
        asked = np.asarray(turn_ids, dtype=np.int64)
        if not len(self.turn_ids):
            return np.full(len(asked), -1)
        found = np.searchsorted(self.turn_ids, asked).clip(max=len(self.turn_ids) - 1)
        return np.where(self.turn_ids[found] == asked, found, -1)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What people and checks think of the answers, and the documents; read anew each time, since all this changes."""

    at: Places
    """(votes,) Places of the answers with a thumb."""
    up: Flags
    """(votes,) Whether it points up."""
    wrong_at: Places
    """(diagnoses,) Places of the answers that were looked into."""
    faults: Coded
    """(diagnoses,) Where each went wrong (`assistant.diagnosis.FAULTS`)."""
    marked_at: Places
    """(marks,) Places of the answers with a source that was marked."""
    marked_document: Places
    """(marks,) Id of the document that it stands in; 0 where that is gone."""
    marked_right: Flags
    """(marks,) Whether it is the right one."""
    done_at: Places
    """(signals,) Places of the answers that something was done with."""
    done: Coded
    """(signals,) What was done (`assistant.signals.SIGNALS`); each once an answer."""
    documents: Sequence[Any]
    """All, with id, name, collection, created_at and current_version_id."""


def read_recorded(session: Session, known: Recorded | None) -> Recorded:
    """All answers; of `known` ones, read earlier, only what is new is read, where nothing else has changed."""
    state = _state(session)
    if known is not None and known.state == state:
        return known
    if known is not None and len(known.turn_ids):
        last = int(known.turn_ids[-1])
        if _state(session, until=last) == known.state:
            return _joined(known, _read(session, state, after=last, known=known.texts))
    return _read(session, state, after=0, known={})


def read_judged(session: Session, recorded: Recorded) -> Judged:
    """What people and checks say of these answers."""
    votes = _tuples(session, select(VoteRow.turn_id, VoteRow.value))
    at, up = recorded.places([turn for turn, _ in votes]), np.array([value > 0 for _, value in votes], dtype=bool)
    wrong_at, faults = _coded(recorded, _tuples(session, select(DiagnosisRow.turn_id, DiagnosisRow.fault)))
    done_at, done = _coded(recorded, _tuples(session, select(SignalRow.turn_id, SignalRow.kind)))
    of_mark = (SourceMarkRow.turn_id, SourceMarkRow.document_id, SourceMarkRow.is_right)
    marks = [(turn, document or 0, right) for turn, document, right in _tuples(session, select(*of_mark))]
    marked_at = recorded.places([turn for turn, _, _ in marks])
    marked = marked_at >= 0
    documents = select(
        DocumentRow.id,
        DocumentRow.name,
        CollectionRow.name.label("collection"),
        DocumentRow.created_at,
        DocumentRow.current_version_id,
    ).join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
    return Judged(
        at=at[at >= 0],
        up=up[at >= 0],
        wrong_at=wrong_at,
        faults=faults,
        marked_at=marked_at[marked],
        marked_document=np.array([document for _, document, _ in marks], dtype=np.int64)[marked],
        marked_right=np.array([right for _, _, right in marks], dtype=bool)[marked],
        done_at=done_at,
        done=done,
        documents=session.execute(documents).all(),
    )


def _tuples(session: Session, query: Executable) -> Sequence[Any]:
    """The driver's own tuples: making rows of a hundred thousand of them takes as long as reading them."""
    rows: Sequence[Any] = session.connection().execute(query).cursor.fetchall()
    return rows


def _coded(recorded: Recorded, rows: Sequence[Any]) -> tuple[Places, Coded]:
    """Places of the answers that rows (turn id and text) are about, and the texts; answers not here are left out."""
    at, texts = recorded.places([row[0] for row in rows]), Coded.of([row[1] for row in rows])
    return at[at >= 0], Coded(texts.names, texts.codes[at >= 0])


def _state(session: Session, until: int | None = None) -> tuple[Any, ...]:
    """Differs whenever the answers (up to the one with the id `until`), their topics or their documents are others.

    Other facts are written once and never changed. An id can come again after the newest turn was deleted: when that
    was asked tells. What was found in a document goes with it, and the index's generation grows.
    """
    facts = TurnFactsRow
    counted = select(func.count(), func.max(facts.turn_id))
    count, newest = session.execute(counted if until is None else counted.where(facts.turn_id <= until)).one()
    asked_at = session.scalar(select(TurnRow.asked_at).where(TurnRow.id == newest))
    grouped_at = session.scalar(select(func.max(TopicRow.made_at)))
    return count, newest, asked_at, grouped_at, session.scalar(select(IndexState.generation))


def _read(session: Session, state: tuple[Any, ...], *, after: int, known: Mapping[str, Coded]) -> Recorded:
    facts, names = TurnFactsRow.__table__, ("turn_id", "day", "topic_id", *TEXTS, *NUMBERS)
    query = select(*(facts.c[name] for name in names)).where(facts.c.turn_id > after).order_by(facts.c.turn_id)
    rows = _tuples(session, query)
    columns = dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))
    turn_ids = np.array(columns["turn_id"], dtype=np.int64)
    return Recorded(
        state=state,
        turn_ids=turn_ids,
        days=np.array(columns["day"], dtype="datetime64[D]"),
        texts={name: Coded.of(columns[name], known[name].names if name in known else ()) for name in TEXTS},
        numbers={name: np.array(columns[name], dtype=np.float64) for name in NUMBERS},
        topics=np.array([topic or 0 for topic in columns["topic_id"]], dtype=np.int64),
        used=_read_used(session, turn_ids, after=after),
    )


def _read_used(session: Session, turn_ids: Places, *, after: int) -> Used:
    """As one text of numbers: half a million lines are too many to be read one by one."""
    used = TurnDocumentRow
    turn, document, cited = (cast(value, Text) for value in (used.turn_id, used.document_id, cast(used.cited, Integer)))
    line = turn + "," + document + "," + cited
    text = session.scalar(select(func.aggregate_strings(line, ",")).where(used.turn_id > after))
    read = np.fromstring(text or "", dtype=np.int64, sep=",").reshape(-1, 3)
    return Used(at=np.searchsorted(turn_ids, read[:, 0]), document=read[:, 1].copy(), cited=read[:, 2] == 1)


def _joined(old: Recorded, new: Recorded) -> Recorded:
    """Both, with the names of the new ones, which hold the old."""
    return Recorded(
        state=new.state,
        turn_ids=np.concatenate([old.turn_ids, new.turn_ids]),
        days=np.concatenate([old.days, new.days]),
        texts={
            name: Coded(column.names, np.concatenate([old.texts[name].codes, column.codes]))
            for name, column in new.texts.items()
        },
        numbers={name: np.concatenate([old.numbers[name], column]) for name, column in new.numbers.items()},
        topics=np.concatenate([old.topics, new.topics]),
        used=Used(
            at=np.concatenate([old.used.at, new.used.at + len(old.turn_ids)]),
            document=np.concatenate([old.used.document, new.used.document]),
            cited=np.concatenate([old.used.cited, new.used.cited]),
        ),
    )
