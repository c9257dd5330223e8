"""Topics: what questions are about. They are made by the job queue, in the background, as questions come."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from assistant.insights.grouping import Places, Vectors, examples, from_the_middle, grouped, names
from assistant.insights.tables import QuestionVectorRow, TopicRow
from assistant.searching import Searching
from assistant.tables import TurnFactsRow, TurnRow
from ingest.catalogue import Catalogue
from ingest.jobs import Job, Jobs, Report
from ingest.tables import utc_now

KIND = "topics"

_EMBEDDED = 20_000
"""Questions embedded by one job, the newest first: other jobs wait meanwhile. The next goes on."""
_GROUPED = 50_000
"""The newest questions are grouped; older ones keep their topic."""
_AT_ONCE = 256
_NEW = 20
"""New questions from which on it is worth while."""
_NEW_SHARE = 0.02

Show = Callable[[str, int, int], None]
"""Told of a stage, how much of it is done, and of how much."""


@dataclass(frozen=True, kw_only=True)
class _Questions:
    """Different questions, each once."""

    texts: Sequence[str]
    turn_ids: Sequence[int]
    """The newest turn of each."""
    vectors: Vectors
    """Seen from the middle of all."""
    turns: Sequence[tuple[int, int | None, int]]
    """Id of each turn, its topic so far, and the place of its question."""


class Topics:
    """Groups questions by what they mean. Thread-safe."""

    def __init__(self, *, catalogue: Catalogue, searching: Callable[[], Searching], jobs: Jobs) -> None:
        self._catalogue = catalogue
        self._searching = searching
        self._jobs = jobs
        jobs.register(KIND, self._handle)

    def is_due(self) -> bool:
        """Whether enough was asked since questions were grouped, and nobody is at it."""
        with self._catalogue.session() as session:
            answers = session.scalar(select(func.count()).select_from(TurnFactsRow)) or 0
            model = self._searching().embedder.fingerprint
            known = select(func.count()).where(QuestionVectorRow.model == model)
            new = answers - (session.scalar(known) or 0)
        return new >= max(_NEW, _NEW_SHARE * answers) and not self.is_under_way()

    def is_under_way(self) -> bool:
        """Whether questions are being grouped, or will be next."""
        newest = self._jobs.list(kind=KIND, limit=1)
        return bool(newest) and not newest[0].is_finished

    def submit(self) -> str:
        """Queue the grouping; gives the batch, to ask `Jobs.list` about."""
        batch = uuid.uuid4().hex
        self._jobs.submit(KIND, batch, [("Topics", {})])
        return batch

    def group(self, *, show: Show | None = None, stop: threading.Event | None = None) -> int:
        """Group all questions here and now, the new ones embedded first; how many topics there are.

        A topic that most of its questions stay in keeps its id. None are changed where `stop` was set before.

        Raises:
            ModelFileError: the embedding model is not where it was.
        """
        stop = stop or threading.Event()
        searching = self._searching()
        model = searching.embedder.fingerprint
        for done, total in self._embed(searching, stop):
            if show is not None:
                show("embedding", done, total)
        questions = self._questions(model)
        groups = grouped(questions.vectors)
        if stop.is_set():
            return 0
        if show is not None:
            show("grouping", 0, 0)
        self._keep(questions, groups)
        return int(groups.max(initial=-1)) + 1

    def _embed(self, searching: Searching, stop: threading.Event) -> Iterator[tuple[int, int]]:
        """Vectors of the questions that have none of this model; gives how many are done, and of how many."""
        model = searching.embedder.fingerprint
        known = select(QuestionVectorRow.turn_id).where(QuestionVectorRow.model == model)
        query = (
            select(TurnFactsRow.turn_id, TurnRow.question)
            .join(TurnRow, TurnRow.id == TurnFactsRow.turn_id)
            .where(TurnFactsRow.turn_id.not_in(known))
            .order_by(TurnFactsRow.turn_id.desc())
            .limit(_EMBEDDED)
        )
        with self._catalogue.session() as session:
            new = session.execute(query).all()
        for at in range(0, len(new), _AT_ONCE):
            if stop.is_set():
                return
            batch = new[at : at + _AT_ONCE]
            texts = list(dict.fromkeys(row.question for row in batch))
            vectors = dict(zip(texts, searching.embedder.queries(texts).astype("<f2"), strict=True))
            with self._catalogue.writing() as session:
                ids = [row.turn_id for row in batch]
                there = set(session.scalars(select(TurnFactsRow.turn_id).where(TurnFactsRow.turn_id.in_(ids))))
                session.execute(delete(QuestionVectorRow).where(QuestionVectorRow.turn_id.in_(ids)))
                rows = [
                    {"turn_id": row.turn_id, "model": model, "vector": vectors[row.question].tobytes()}
                    for row in batch
                    if row.turn_id in there  # else it was deleted meanwhile
                ]
                if rows:
                    session.execute(insert(QuestionVectorRow), rows)
            yield min(at + _AT_ONCE, len(new)), len(new)

    def _questions(self, model: str) -> _Questions:
        facts, vectors = TurnFactsRow, QuestionVectorRow
        query = (
            select(facts.turn_id, facts.topic_id, facts.wording, vectors.vector, TurnRow.question)
            .join(vectors, vectors.turn_id == facts.turn_id)
            .join(TurnRow, TurnRow.id == facts.turn_id)
            .where(vectors.model == model)
            .order_by(facts.turn_id.desc())
            .limit(_GROUPED)
        )
        places: dict[str, int] = {}
        first: list[Any] = []
        turns: list[tuple[int, int | None, int]] = []
        with self._catalogue.session() as session:
            for row in session.execute(query):
                place = places.setdefault(row.wording, len(places))
                if place == len(first):
                    first.append(row)
                turns.append((row.turn_id, row.topic_id, place))
        means = [np.frombuffer(row.vector, dtype="<f2").astype(np.float32) for row in first]
        return _Questions(
            texts=[row.question for row in first],
            turn_ids=[row.turn_id for row in first],
            vectors=from_the_middle(np.stack(means)) if means else np.empty((0, 0), dtype=np.float32),
            turns=turns,
        )

    def _keep(self, questions: _Questions, groups: Places) -> None:
        """Write the topics; a few answers at a time, so that nobody's turn waits for it."""
        now, called, nearest = utc_now(), names(questions.texts, groups), examples(questions.vectors, groups)
        with self._catalogue.writing() as session:
            there = set(session.scalars(select(TopicRow.id)))
            ids = _ids(questions, groups, there)
            for group, id_ in enumerate(ids):
                example = session.get(TurnRow, questions.turn_ids[nearest[group]])
                values = {"name": called[group], "example_id": example and example.id, "made_at": now}
                if id_ is not None:
                    session.execute(update(TopicRow).where(TopicRow.id == id_).values(**values))
                else:
                    ids[group] = session.execute(insert(TopicRow).values(**values).returning(TopicRow.id)).scalar_one()
        of_group = [*ids, None]  # the last is that of -1
        changed = [
            {"turn_id": turn_id, "topic_id": of_group[groups[place]]}
            for turn_id, topic_id, place in questions.turns
            if topic_id != of_group[groups[place]]
        ]
        for at in range(0, len(changed), _AT_ONCE):
            with self._catalogue.writing() as session:
                session.execute(update(TurnFactsRow), changed[at : at + _AT_ONCE])
        with self._catalogue.writing() as session:
            _sweep(session, [id_ for id_ in ids if id_ is not None], utc_now())

    def _handle(self, jobs: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        for job in jobs:

            def show(stage: str, done: int, total: int, job: Job = job) -> None:
                report(Report(job=job, stage=stage, done=done, total=total))

            topics = self.group(show=show, stop=cancel)
            if cancel.is_set():
                return  # the queue knows whose cancelling it was
            report(Report(job=job, state="done", result={"topics": topics}))


def _ids(questions: _Questions, groups: Places, there: set[int]) -> list[int | None]:
    """Of each group the id of the topic that most of its answers had; None where another group has it, or none had."""
    shared = Counter((int(groups[place]), topic) for _, topic, place in questions.turns if topic in there)
    ids: list[int | None] = [None] * (int(groups.max(initial=-1)) + 1)
    for (group, topic), _ in shared.most_common():
        if group >= 0 and ids[group] is None and topic not in ids:
            ids[group] = topic
    return ids


def _sweep(session: Session, kept: Sequence[int], now: datetime) -> None:
    """Drop topics without answers, and say when it was done: whoever has read the topics reads them anew."""
    used = select(TurnFactsRow.topic_id).where(TurnFactsRow.topic_id.is_not(None))
    session.execute(delete(TopicRow).where(TopicRow.id.not_in(used), TopicRow.id.not_in(kept)))
    session.execute(update(TopicRow).values(made_at=now))
