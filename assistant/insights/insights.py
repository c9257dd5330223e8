"""Insights: figures over the answers of this desk, and the answers behind each figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from assistant.insights.documents import document_uses
from assistant.insights.facts import OUTCOMES, STAGES
from assistant.insights.figures import Day, Figures, Kind, Share, Spread, Stage, Totals, Unanswered
from assistant.insights.selection import Selection
from assistant.insights.tables import TurnDocumentRow, TurnFactsRow
from assistant.insights.turns import SeenTurn, seen_turns
from assistant.tables import DiagnosisRow, TurnRow, VoteRow
from ingest.catalogue import Catalogue
from ingest.tables import CollectionRow, DocumentRow

_UNANSWERED = 20
_OF_A_TURN = ("backend", "model", "prompt")


class Insights:
    """Counts in the database, over all people. Thread-safe."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def is_empty(self) -> bool:
        """Whether nothing was answered yet."""
        with self._catalogue.session() as session:
            return session.scalar(select(TurnFactsRow.turn_id).limit(1)) is None

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

    def figures(self, selection: Selection) -> Figures:
        """All figures about the answers of a selection."""
        before = selection.before()
        with self._catalogue.session() as session:
            cube = _cube(session, selection)
            votes = _votes(session, selection)
            times = _times(session, selection)
            totals = _totals(session, selection, cube, votes, times[:2])
            earlier = None
            if before is not None:
                cells = _cube(session, before)
                if cells:
                    earlier = _totals(session, before, cells, _votes(session, before), _times(session, before, most=2))
            return Figures(
                totals=totals,
                before=earlier,
                days=_days(cube),
                kinds={name: _kinds(name, cube, votes) for name in _OF_A_TURN}
                | {"collection": _collections(session, selection)},
                stages=tuple(
                    Stage(name=name, seconds=spread)
                    for name, column in zip(STAGES.values(), times[2:], strict=True)
                    if (spread := _spread(column)) is not None
                ),
                rails=_counted(session, selection, TurnFactsRow.rail),
                faults=_counted(session, selection, DiagnosisRow.fault),
                unanswered=_unanswered(session, selection),
                documents=document_uses(session, selection),
            )

    def turns(self, selection: Selection, *, limit: int | None = 200) -> list[SeenTurn]:
        """The answers of a selection, the newest first; without whose they are."""
        with self._catalogue.session() as session:
            return seen_turns(session, selection, limit=limit)

    def turn(self, turn_id: int) -> SeenTurn | None:
        """One of them, whole; None where it was deleted."""
        with self._catalogue.session() as session:
            found = seen_turns(session, Selection(), turn_id=turn_id, limit=1)
        return found[0] if found else None


def _cube(session: Session, selection: Selection) -> Sequence[Any]:
    """Sums by day, outcome, backend, model and prompt: what many figures are added up from."""
    facts = TurnFactsRow
    keys = (facts.day, facts.outcome, facts.backend, facts.model, facts.prompt)
    sums = (
        func.count().label("questions"),
        func.sum(facts.cost).label("cost"),
        func.sum(facts.tokens).label("tokens"),
        func.sum(case((facts.unsupported > 0, 1), else_=0)).label("unsupported"),
    )
    return session.execute(select(*keys, *sums).where(*selection.conditions()).group_by(*keys)).all()


def _votes(session: Session, selection: Selection) -> Sequence[Any]:
    """Thumbs by backend, model and prompt."""
    facts = TurnFactsRow
    keys = (facts.backend, facts.model, facts.prompt)
    thumbs = (func.count().label("votes"), func.sum(case((VoteRow.value > 0, 1), else_=0)).label("up"))
    query = select(*keys, *thumbs).join(VoteRow, VoteRow.turn_id == facts.turn_id)
    return session.execute(query.where(*selection.conditions()).group_by(*keys)).all()


def _times(session: Session, selection: Selection, *, most: int | None = None) -> list[list[float]]:
    """Seconds until the first word, until the whole, and of the stages, each without what is missing."""
    names = ("first_s", "total_s", *STAGES)[:most]
    columns = [getattr(TurnFactsRow, name) for name in names]
    rows = session.execute(select(*columns).where(*selection.conditions())).all()
    parts = zip(*rows, strict=True) if rows else [()] * len(names)
    return [[value for value in part if value is not None] for part in parts]


def _totals(
    session: Session, selection: Selection, cube: Sequence[Any], votes: Sequence[Any], times: Sequence[list[float]]
) -> Totals:
    people = session.scalar(select(func.count(func.distinct(TurnFactsRow.person))).where(*selection.conditions()))
    costs = [float(cell.cost) for cell in cube if cell.cost is not None]
    return Totals(
        questions=sum(cell.questions for cell in cube),
        people=people or 0,
        outcomes={outcome: sum(cell.questions for cell in cube if cell.outcome == outcome) for outcome in OUTCOMES},
        satisfaction=_share(votes),
        unsupported=sum(cell.unsupported for cell in cube),
        first=_spread(times[0]),
        total=_spread(times[1]),
        cost=sum(costs) if costs else None,
        tokens=sum(int(cell.tokens) for cell in cube),
    )


def _days(cube: Sequence[Any]) -> tuple[Day, ...]:
    found: dict[tuple[Any, str], list[float]] = {}
    for cell in cube:
        sums = found.setdefault((cell.day, cell.outcome), [0, 0.0])
        sums[0] += cell.questions
        sums[1] += cell.cost or 0.0
    return tuple(
        Day(day=day, outcome=outcome, questions=int(questions), cost=cost)
        for (day, outcome), (questions, cost) in sorted(found.items())
    )


def _kinds(name: str, cube: Sequence[Any], votes: Sequence[Any]) -> tuple[Kind, ...]:
    asked: dict[str, int] = {}
    for cell in cube:
        value = getattr(cell, name) or ""
        asked[value] = asked.get(value, 0) + cell.questions
    return _most_asked(
        Kind(
            name=value,
            questions=questions,
            satisfaction=_share([cell for cell in votes if (getattr(cell, name) or "") == value]),
        )
        for value, questions in asked.items()
    )


def _collections(session: Session, selection: Selection) -> tuple[Kind, ...]:
    """By collection that passages were found in; an answer may count in several."""
    looked = (
        select(TurnDocumentRow.turn_id, DocumentRow.collection_id)
        .join(DocumentRow, DocumentRow.id == TurnDocumentRow.document_id)
        .join(TurnFactsRow, TurnFactsRow.turn_id == TurnDocumentRow.turn_id)
        .where(*selection.conditions())
        .distinct()
        .subquery()
    )
    query = (
        select(
            CollectionRow.name,
            func.count(looked.c.turn_id.distinct()).label("questions"),
            func.count(VoteRow.id).label("votes"),
            func.sum(case((VoteRow.value > 0, 1), else_=0)).label("up"),
        )
        .select_from(looked)
        .join(CollectionRow, CollectionRow.id == looked.c.collection_id)
        .outerjoin(VoteRow, VoteRow.turn_id == looked.c.turn_id)
        .group_by(CollectionRow.name)
    )
    return _most_asked(
        Kind(name=row.name, questions=row.questions, satisfaction=_share([row])) for row in session.execute(query)
    )


def _counted(session: Session, selection: Selection, column: Any) -> dict[str, int]:
    query = select(column, func.count()).select_from(TurnFactsRow).where(*selection.conditions(), column.is_not(None))
    if column.class_ is not TurnFactsRow:
        query = query.join(column.class_, column.class_.turn_id == TurnFactsRow.turn_id)
    counts = session.execute(query.group_by(column)).all()
    return dict(sorted(counts, key=lambda count: (-count[1], count[0])))


def _unanswered(session: Session, selection: Selection) -> tuple[Unanswered, ...]:
    facts = TurnFactsRow
    times = func.count().label("times")
    groups = (
        select(facts.wording, times, func.max(facts.turn_id).label("newest"))
        .where(*selection.conditions(), facts.outcome == "not-found")
        .group_by(facts.wording)
        .order_by(times.desc(), func.max(facts.turn_id).desc())
        .limit(_UNANSWERED)
        .subquery()
    )
    query = select(groups, TurnRow.question).join(TurnRow, TurnRow.id == groups.c.newest)
    query = query.order_by(groups.c.times.desc(), groups.c.newest.desc())
    return tuple(
        Unanswered(question=row.question, wording=row.wording, times=row.times) for row in session.execute(query)
    )


def _most_asked(kinds: Any) -> tuple[Kind, ...]:
    return tuple(sorted(kinds, key=lambda kind: (-kind.questions, kind.name)))


def _share(votes: Sequence[Any]) -> Share:
    return Share(of=sum(int(cell.votes) for cell in votes), count=sum(int(cell.up or 0) for cell in votes))


def _spread(seconds: Sequence[float]) -> Spread | None:
    if not seconds:
        return None
    median, p95 = np.percentile(seconds, [50, 95])
    return Spread(median=float(median), p95=float(p95), answers=len(seconds))
