"""Insights: figures over the answers of this desk, and the answers behind each figure."""

import threading

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.insights.counting import Counting
from assistant.insights.figures import Figures, Unanswered
from assistant.insights.recorded import Judged, Recorded, read_judged, read_recorded
from assistant.insights.selection import Selection
from assistant.insights.tables import TopicRow
from assistant.insights.turns import SeenTurn, seen_turns
from assistant.tables import TurnFactsRow, TurnRow
from ingest.catalogue import Catalogue
from ingest.tables import CollectionRow

_UNANSWERED = 20
_OF_A_TURN = ("backend", "model", "prompt")


class Insights:
    """Counts over all people. Thread-safe."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._reading = threading.Lock()
        self._recorded: Recorded | None = None

    def is_empty(self) -> bool:
        """Whether nothing was answered yet."""
        with self._catalogue.session() as session:
            return session.scalar(select(TurnFactsRow.turn_id).limit(1)) is None

    def warm(self) -> None:
        """Read what is counted into memory: a second for a hundred thousand answers."""
        with self._catalogue.session() as session:
            self._read(session)

    def choices(self) -> dict[str, list[str]]:
        """What can be chosen of "backend", "model", "prompt" and "collection"."""
        with self._catalogue.session() as session:
            found = {
                name: [value or "" for value in session.scalars(select(getattr(TurnFactsRow, name)).distinct())]
                for name in _OF_A_TURN
            }
            found["model"] = [name for name in found["model"] if name]
            found["collection"] = list(session.scalars(select(CollectionRow.name)))
        return {name: sorted(values) for name, values in found.items()}

    def topics(self) -> dict[int, str]:
        """Names of the topics by their id, in the order of the alphabet."""
        with self._catalogue.session() as session:
            found = {id_: name for id_, (name, _) in _topics(session).items()}
        return dict(sorted(found.items(), key=lambda topic: topic[1].casefold()))

    def figures(self, selection: Selection) -> Figures:
        """All figures about the answers of a selection."""
        earlier = selection.before()
        with self._catalogue.session() as session:
            recorded, judged = self._read(session)
            counting = Counting(recorded, judged, selection.chosen(recorded, judged))
            before = Counting(recorded, judged, earlier.chosen(recorded, judged)).totals() if earlier else None
            return Figures(
                totals=counting.totals(),
                before=before if before and before.questions else None,
                days=counting.days(),
                kinds={name: counting.kinds(name) for name in _OF_A_TURN} | {"collection": counting.collections()},
                topics=counting.topics(_topics(session)),
                stages=counting.stages(),
                rails=counting.rails(),
                faults=counting.faults(),
                signals=counting.signals(),
                unanswered=_unanswered(session, counting),
                documents=counting.documents(selection.collection, selection.document),
            )

    def turns(self, selection: Selection, *, limit: int | None = 200) -> list[SeenTurn]:
        """The answers of a selection, the newest first; without whose they are."""
        with self._catalogue.session() as session:
            recorded, judged = self._read(session)
            chosen = recorded.turn_ids[selection.chosen(recorded, judged)][::-1][:limit]
            return seen_turns(session, chosen.tolist())

    def turn(self, turn_id: int) -> SeenTurn | None:
        """One of them, whole; None where it was deleted."""
        with self._catalogue.session() as session:
            return next(iter(seen_turns(session, [turn_id])), None)

    def _read(self, session: Session) -> tuple[Recorded, Judged]:
        with self._reading:
            self._recorded = read_recorded(session, self._recorded)
            recorded = self._recorded
        return recorded, read_judged(session, recorded)


def _topics(session: Session) -> dict[int, tuple[str, str]]:
    """Name and example of each topic, by id."""
    query = select(TopicRow.id, TopicRow.name, TurnRow.question).outerjoin(TurnRow, TurnRow.id == TopicRow.example_id)
    return {row.id: (row.name, row.question or "") for row in session.execute(query)}


def _unanswered(session: Session, counting: Counting) -> tuple[Unanswered, ...]:
    groups = counting.unanswered(_UNANSWERED)
    query = select(TurnRow.id, TurnRow.question).where(TurnRow.id.in_([newest for _, _, newest in groups]))
    questions = {row.id: row.question for row in session.execute(query)}
    return tuple(
        Unanswered(question=questions[newest], wording=wording, times=times)
        for wording, times, newest in groups
        if newest in questions
    )
