"""What the documents lack: questions that nothing answers, for whoever keeps the documents to write or to add."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from assistant.diagnosis import MISSING
from assistant.insights.grouping import Vectors, alike
from assistant.searching import Searching
from assistant.tables import DiagnosisRow, MissingRow, ReviewRow, TurnFactsRow, TurnRow
from ingest.catalogue import Catalogue
from ingest.tables import utc_now

_NEWEST = 1000
"""Questions that are looked at, the newest: they are compared with each other."""
_HALF_LIFE = timedelta(days=30)
"""After so long a question counts half."""
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Questions that mean the same, and that the documents do not answer."""

    question: str
    """As it was asked last."""
    others: tuple[str, ...]
    """Other wordings, the newest first."""
    times: int
    """How often it was asked."""
    people: int
    """By how many; who they are is not said."""
    first_at: datetime
    last_at: datetime
    outdated: str
    """The document that is outdated, where there is something; else nothing is."""
    turn_ids: tuple[int, ...]
    """The newest first."""


class MissingDocuments:
    """Lists what is missing, and ticks it off. Thread-safe."""

    def __init__(
        self,
        catalogue: Catalogue,
        searching: Callable[[], Searching],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._catalogue = catalogue
        self._searching = searching
        self._clock = clock
        self._embedded: dict[tuple[str, str], Vectors] = {}

    def list(self) -> Sequence[Missing]:
        """What is not ticked off: most asked first, where what was asked long ago counts less.

        A question is there when the answer was “Not in the documents”, or the diagnosis of a thumb down says that no
        document answers or that one is outdated; not when somebody has said that the fault is another.
        """
        with self._catalogue.session() as session:
            asked = session.execute(_open()).all()
            documents = _outdated(session, [row.id for row in asked if row.fault == "outdated"])
        if not asked:
            return ()
        texts = list(dict.fromkeys(row.question for row in asked))
        groups = dict(zip(texts, alike(self._vectors(texts)).tolist(), strict=True))
        together: dict[tuple[int, str], list[int]] = {}
        for place, row in enumerate(asked):
            key = (groups[row.question], documents.get(row.id, ""))
            together.setdefault(key, []).append(place)
        now = self._clock()
        found = []
        for (_, outdated), places in together.items():
            rows = [asked[place] for place in places]
            weight = sum(0.5 ** ((now - row.asked_at) / _HALF_LIFE) for row in rows)
            found.append((weight, _missing(rows, outdated)))
        return [one for _, one in sorted(found, key=lambda each: (-each[0], -each[1].turn_ids[0]))]

    def tick_off(self, person: str, turn_ids: Collection[int]) -> int:
        """Say that it is done; what is asked again later comes back. Gives how many questions were ticked off."""
        now, ids = self._clock(), sorted(set(turn_ids))
        done = 0
        with self._catalogue.writing() as session:
            for at in range(0, len(ids), _AT_ONCE):
                some = ids[at : at + _AT_ONCE]
                there = set(session.scalars(select(TurnRow.id).where(TurnRow.id.in_(some))))
                there -= set(session.scalars(select(MissingRow.turn_id).where(MissingRow.turn_id.in_(some))))
                rows = [{"turn_id": turn_id, "person": person, "done_at": now} for turn_id in sorted(there)]
                if rows:
                    session.execute(insert(MissingRow), rows)
                done += len(rows)
        return done

    def undo(self, person: str) -> int:
        """Put back what a person has ticked off last; gives how many questions."""
        with self._catalogue.writing() as session:
            last = session.scalar(select(func.max(MissingRow.done_at)).where(MissingRow.person == person))
            if last is None:
                return 0
            these = (MissingRow.person == person) & (MissingRow.done_at == last)
            count = session.scalar(select(func.count()).select_from(MissingRow).where(these)) or 0
            session.execute(delete(MissingRow).where(these))
            return count

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        """What the questions mean; those of the last look are remembered."""
        embedder, known = self._searching().embedder, self._embedded
        model = embedder.fingerprint
        new = [text for text in texts if (model, text) not in known]
        made = dict(zip(new, embedder.queries(new), strict=True)) if new else {}
        now = {(model, text): made[text] if text in made else known[model, text] for text in texts}
        self._embedded = now
        return np.stack(list(now.values()))


def _missing(rows: Sequence[Any], outdated: str) -> Missing:
    """Of the turns that ask the same, the newest first."""
    wordings = list(dict.fromkeys(row.question for row in rows))
    return Missing(
        question=wordings[0],
        others=tuple(wordings[1:]),
        times=len(rows),
        people=len({row.person for row in rows}),
        first_at=rows[-1].asked_at,
        last_at=rows[0].asked_at,
        outdated=outdated,
        turn_ids=tuple(row.id for row in rows),
    )


def _open() -> Any:
    is_missing = DiagnosisRow.fault.in_(sorted(MISSING))
    return (
        select(TurnRow.id, TurnRow.question, TurnRow.asked_at, TurnFactsRow.person, DiagnosisRow.fault)
        .join(TurnFactsRow, TurnFactsRow.turn_id == TurnRow.id)
        .outerjoin(DiagnosisRow, DiagnosisRow.turn_id == TurnRow.id)
        .outerjoin(MissingRow, MissingRow.turn_id == TurnRow.id)
        .outerjoin(ReviewRow, ReviewRow.turn_id == TurnRow.id)
        .where(MissingRow.turn_id.is_(None))
        .where(or_(is_missing, (TurnFactsRow.outcome == "not-found") & DiagnosisRow.turn_id.is_(None)))
        .where(or_(ReviewRow.turn_id.is_(None), ReviewRow.state != "private"))
        .order_by(TurnRow.asked_at.desc(), TurnRow.id.desc())
        .limit(_NEWEST)
    )


def _outdated(session: Session, turn_ids: Sequence[int]) -> dict[int, str]:
    """The document that the answer of each of these turns cites first."""
    found = {}
    for at in range(0, len(turn_ids), _AT_ONCE):
        query = select(TurnRow.id, TurnRow.answered).where(TurnRow.id.in_(turn_ids[at : at + _AT_ONCE]))
        for turn_id, answered in session.execute(query):
            cited = ((answered or {}).get("finished") or {}).get("citations") or ()
            found[turn_id] = next((one["document"] for one in cited), "")
    return found
