"""Runs in the catalogue: begun, filled row by row, found again, compared, removed."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from assistant.data_sets.rows import Row, as_record, hash_of, row_of
from assistant.evaluation.configuration import Configuration
from assistant.evaluation.results import Opinion, Result
from assistant.evaluation.summaries import Asked, Summary, summarise
from assistant.evaluation.tables import ResultRow, RunRow
from ingest.catalogue import Catalogue
from ingest.tables import utc_now

UNFINISHED = ("running", "cancelled", "failed")


class UnknownRun(Exception):
    """There is no such run; one sentence."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """Rows asked with one configuration, and how good what came back is."""

    id: str
    """12 hexadecimal digits."""
    label: str
    """What people call it."""
    data_set: str
    """The name of the file or the set that its rows are from."""
    rows_hash: str
    """The same for the same rows: runs with the same can be compared row by row."""
    configuration: Configuration
    state: str
    """running, done, cancelled or failed. One that was killed says running, until it goes on."""
    total: int
    """Rows to ask."""
    done: int
    """Rows asked."""
    summary: Summary | None
    """None until it is done."""
    created_at: datetime
    finished_at: datetime | None
    """None until it is done, cancelled or failed."""


class Runs:
    """Keeps runs. Thread-safe."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def newest(self, data_set: str | None = None, *, limit: int = 500) -> list[Run]:
        """Runs, the newest first; of one data set or of all."""
        query = select(RunRow).order_by(RunRow.created_at.desc(), RunRow.id).limit(limit)
        if data_set is not None:
            query = query.where(RunRow.data_set == data_set)
        counts = select(ResultRow.run_id, func.count()).group_by(ResultRow.run_id)
        with self._catalogue.session() as session:
            done = dict(session.execute(counts).all())
            return [_run(row, done.get(row.id, 0)) for row in session.scalars(query)]

    def get(self, run_id: str) -> Run:
        """A run, by its id or by the beginning of one.

        Raises:
            UnknownRun: there is none, or there are several that begin so.
        """
        with self._catalogue.session() as session:
            row = self._found(
                session.scalars(select(RunRow).where(RunRow.id.startswith(run_id, autoescape=True))).all(), run_id
            )
            done = session.scalar(select(func.count()).where(ResultRow.run_id == row.id)) or 0
            return _run(row, done)

    def asked(self, run_id: str) -> list[Asked]:
        """The rows of a run with what came back for them, in the order of the data set; measured anew."""
        query = select(ResultRow).where(ResultRow.run_id == run_id).order_by(ResultRow.position)
        with self._catalogue.session() as session:
            rows = session.scalars(query).all()
        return [Asked.of(row_of(row.row, f"Row {row.row_id}"), Result.from_json(row.result)) for row in rows]

    def begin(
        self, *, label: str, data_set: str, rows: Sequence[Row], configuration: Configuration, fresh: bool = False
    ) -> Run:
        """A new run, or the unfinished one of the same rows and configuration, which goes on."""
        rows_hash = hash_of(rows)
        query = (
            select(RunRow)
            .where(RunRow.rows_hash == rows_hash, RunRow.state.in_(UNFINISHED), RunRow.data_set == data_set)
            .order_by(RunRow.created_at.desc())
        )
        with self._catalogue.writing() as session:
            for row in session.scalars(query):
                if not fresh and Configuration.from_json(row.configuration).content_hash == configuration.content_hash:
                    row.state, row.finished_at, row.label = "running", None, label or row.label
                    break
            else:
                row = RunRow(
                    id=uuid.uuid4().hex[:12],
                    label=label or configuration.name,
                    data_set=data_set,
                    rows_hash=rows_hash,
                    configuration=configuration.to_json(),
                    state="running",
                    total=len(rows),
                )
                session.add(row)
                session.flush()
            run_id = row.id
        return self.get(run_id)

    def done(self, run_id: str) -> set[str]:
        """Ids of the rows that have been asked; one whose model failed is asked again."""
        query = select(ResultRow.row_id, ResultRow.result).where(ResultRow.run_id == run_id)
        with self._catalogue.session() as session:
            return {row_id for row_id, result in session.execute(query) if not result.get("error")}

    def known(self, keys: Iterable[str]) -> dict[str, Result]:
        """Results of other runs by key: what needs no second answer."""
        wanted = list(dict.fromkeys(keys))
        known: dict[str, dict[str, Any]] = {}
        with self._catalogue.session() as session:
            for at in range(0, len(wanted), 500):
                query = select(ResultRow.key, ResultRow.result).where(ResultRow.key.in_(wanted[at : at + 500]))
                known |= {key: result for key, result in session.execute(query) if not result.get("error")}
        return {key: Result.from_json(result) for key, result in known.items()}

    def add(self, run_id: str, position: int, key: str, asked: Asked) -> None:
        """Keep what came back for a row; another answer to it is replaced."""
        kept = ResultRow(
            run_id=run_id,
            position=position,
            row_id=asked.row.id,
            key=key,
            row=as_record(asked.row),
            result=asked.result.to_json(),
            measures=dict(asked.measures),
        )
        try:
            with self._catalogue.writing() as session:
                session.execute(delete(ResultRow).where(ResultRow.run_id == run_id, ResultRow.row_id == asked.row.id))
                session.add(kept)
        except IntegrityError:
            # Another process goes on with the same run, and was quicker; or somebody has removed it.
            self.get(run_id)

    def judged(self, run_id: str, asked: Asked) -> None:
        """Keep what a judge thinks of an answer that is kept already."""
        with self._catalogue.writing() as session:
            query = select(ResultRow).where(ResultRow.run_id == run_id, ResultRow.row_id == asked.row.id)
            row = session.scalars(query).one_or_none()
            if row is not None:
                row.result, row.measures = asked.result.to_json(), dict(asked.measures)

    def opinions(self, row_ids: Iterable[str]) -> list[Opinion]:
        """What judges have thought so far of answers to these rows, in any run."""
        wanted, found = list(dict.fromkeys(row_ids)), dict[str, Opinion]()
        with self._catalogue.session() as session:
            for at in range(0, len(wanted), 500):
                query = select(ResultRow.result["opinions"]).where(ResultRow.row_id.in_(wanted[at : at + 500]))
                for opinions in session.scalars(query):
                    found |= {opinion["key"]: Opinion(**opinion) for opinion in opinions or ()}
        return list(found.values())

    def finish(self, run_id: str, state: str) -> Run:
        """Say how a run has ended: done, cancelled or failed. A done one gets its summary."""
        summary = summarise(self.asked(run_id)) if state == "done" else None
        with self._catalogue.writing() as session:
            row = session.get(RunRow, run_id)
            if row is not None:
                row.state, row.finished_at = state, utc_now()
                row.measures = summary.to_json() if summary else None
        return self.get(run_id)

    def remove(self, run_id: str) -> Run:
        """Forget a run with its results.

        Raises:
            UnknownRun: there is none.
        """
        run = self.get(run_id)
        with self._catalogue.writing() as session:
            session.execute(delete(ResultRow).where(ResultRow.run_id == run.id))
            session.execute(delete(RunRow).where(RunRow.id == run.id))
        return run

    def _found(self, rows: Sequence[RunRow], run_id: str) -> RunRow:
        if not rows or not run_id:
            raise UnknownRun(f"There is no run “{run_id}”: see “refdesk runs list”.")
        if len(rows) > 1:
            raise UnknownRun(f"{len(rows)} runs begin with “{run_id}”: write more of the id.")
        return rows[0]


def _run(row: RunRow, done: int) -> Run:
    return Run(
        id=row.id,
        label=row.label,
        data_set=row.data_set,
        rows_hash=row.rows_hash,
        configuration=Configuration.from_json(row.configuration),
        state=row.state,
        total=row.total,
        done=done,
        summary=Summary.from_json(row.measures) if row.measures else None,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
