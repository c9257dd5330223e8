"""One queue of background work, kept in the catalogue so that it outlives the program."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import func, select, update

from ingest.catalogue import Catalogue
from ingest.tables import JobRow, utc_now

_LOG = logging.getLogger(__name__)

FINISHED = ("done", "failed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Job:
    """A piece of work as people see it."""

    id: int
    kind: str
    batch: str
    label: str
    payload: Mapping[str, Any]
    state: str
    """queued, running, done, failed or cancelled."""
    stage: str
    done: int
    total: int
    result: Mapping[str, Any] | None
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_finished(self) -> bool:
        """Nothing more will happen to it."""
        return self.state in FINISHED


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a handler says of one of its jobs; `state` None means that it goes on."""

    job: Job
    stage: str = ""
    done: int = 0
    total: int = 0
    state: str | None = None
    result: Mapping[str, Any] | None = None
    error: str | None = None


Handler = Callable[[Iterator[Job], Callable[[Report], None], threading.Event], None]
"""Works off jobs of its kind as the iterator hands them out, reports on each, ends soon when the event is set."""


class Jobs:
    """Hands in, shows and cancels work; `start` works it off in a thread of this process.

    One process works at a time, which a lock file sees to; whatever the last one left half done is
    begun again.
    """

    def __init__(self, catalogue: Catalogue, *, lock: Path) -> None:
        self._catalogue = catalogue
        self._lock = FileLock(lock)
        self._handlers: dict[str, Handler] = {}
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._cancel = threading.Event()
        self._cancelled: set[str] = set()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def register(self, kind: str, handler: Handler) -> None:
        """Say who does the jobs of a kind."""
        self._handlers[kind] = handler

    def submit(self, kind: str, batch: str, work: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Hand in jobs as (label, payload) and see that they are worked off."""
        with self._catalogue.writing() as session:
            session.add_all(
                JobRow(kind=kind, batch=batch, label=label, payload=dict(payload)) for label, payload in work
            )
        self.start()

    def list(self, *, kind: str | None = None, batch: str | None = None, limit: int = 500) -> list[Job]:
        """Jobs in the order handed in, the newest `limit` of them."""
        query = select(JobRow).order_by(JobRow.id.desc()).limit(limit)
        if kind is not None:
            query = query.where(JobRow.kind == kind)
        if batch is not None:
            query = query.where(JobRow.batch == batch)
        with self._catalogue.session() as session:
            return [_job(row) for row in session.scalars(query)][::-1]

    def ahead(self, batch: str) -> Job | None:
        """What is under way while all of a batch waits; None when nothing keeps it waiting."""
        query = select(JobRow).where(JobRow.state == "running").limit(1)
        with self._catalogue.session() as session:
            row = session.scalars(query).first()
            waits = not session.scalar(
                select(func.count()).select_from(JobRow).where(JobRow.batch == batch, JobRow.state != "queued")
            )
            return _job(row) if row is not None and waits else None

    def unfinished(self) -> int:
        """How many jobs wait or are under way."""
        with self._catalogue.session() as session:
            query = select(func.count()).select_from(JobRow).where(JobRow.state.in_(("queued", "running")))
            return session.scalar(query) or 0

    def cancel(self, batch: str) -> None:
        """Cancel what waits of a batch, and ask what is under way to end."""
        with self._catalogue.writing() as session:
            session.execute(
                update(JobRow)
                .where(JobRow.batch == batch, JobRow.state == "queued")
                .values(state="cancelled", finished_at=utc_now())
            )
            running = session.scalars(select(JobRow.id).where(JobRow.batch == batch, JobRow.state == "running")).all()
        if running:
            self._cancelled.add(batch)
            self._cancel.set()

    def start(self) -> None:
        """Work in a thread of this process; called again it only wakes that thread."""
        with self._starting:
            self._wake.set()
            if self._thread is None or not self._thread.is_alive():
                self._closing.clear()
                self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread; what is under way is begun again next time."""
        self._closing.set()
        self._cancel.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _work(self) -> None:
        while not self._closing.is_set():
            self._wake.clear()
            try:
                with self._lock.acquire(timeout=1, cancel_check=self._closing.is_set):
                    self._requeue()
                    self._work_off()
            except TimeoutError:
                self._wake.set()  # another process works: look again when it may be done
                self._closing.wait(2)
                if not self.unfinished():
                    self._wake.clear()
            except Exception:
                _LOG.exception("The job queue broke off; it goes on with the next job.")
            self._wake.wait()

    def _work_off(self) -> None:
        while not self._closing.is_set():
            kind = self._next_kind()
            if kind is None:
                return
            self._cancel.clear()
            with self._settled():
                self._handlers[kind](self._claim(kind), self._report, self._cancel)

    def _next_kind(self) -> str | None:
        query = select(JobRow.kind).where(JobRow.state == "queued", JobRow.kind.in_(list(self._handlers)))
        with self._catalogue.session() as session:
            return session.scalars(query.order_by(JobRow.id).limit(1)).first()

    def _claim(self, kind: str) -> Iterator[Job]:
        """Jobs of a kind, each marked as under way when it is handed out."""
        while not self._cancel.is_set():
            with self._catalogue.writing() as session:
                query = select(JobRow).where(JobRow.kind == kind, JobRow.state == "queued").order_by(JobRow.id).limit(1)
                row = session.scalars(query).first()
                if row is None:
                    return
                row.state, row.started_at = "running", utc_now()
                session.flush()
                job = _job(row)
            yield job

    def _report(self, report: Report) -> None:
        values: dict[str, Any] = {"stage": report.stage, "done": report.done, "total": report.total}
        if report.state is not None:
            values |= {"state": report.state, "finished_at": utc_now(), "error": report.error}
            values["result"] = dict(report.result) if report.result is not None else None
        with self._catalogue.writing() as session:
            session.execute(update(JobRow).where(JobRow.id == report.job.id).values(**values))

    @contextmanager
    def _settled(self) -> Iterator[None]:
        """What a handler leaves open is cancelled or failed, or waits again: it may have stopped for another batch."""
        try:
            yield
            error = None
        except Exception as broken:
            _LOG.exception("A job broke.")
            error = f"The work broke off: {broken}. Hand it in again, or see the log."
        left = JobRow.state == "running"
        ended = {"state": "failed" if error else "cancelled", "error": error, "finished_at": utc_now()}
        with self._catalogue.writing() as session:
            ends = left if error else left & JobRow.batch.in_(self._cancelled)
            session.execute(update(JobRow).where(ends).values(**ended))
            session.execute(update(JobRow).where(left).values(state="queued", stage="", done=0))
        self._cancelled.clear()

    def _requeue(self) -> None:
        with self._catalogue.writing() as session:
            session.execute(update(JobRow).where(JobRow.state == "running").values(state="queued", stage="", done=0))


def eta_s(jobs: Sequence[Job], now: datetime) -> float | None:
    """Seconds until a batch is done, from the rate so far; None while nothing is finished or nothing is left."""
    finished = [job for job in jobs if job.is_finished]
    started = [job.started_at for job in jobs if job.started_at is not None]
    left = len(jobs) - len(finished)
    if not finished or not started or not left:
        return None
    return (now - min(started)).total_seconds() / len(finished) * left


def rate(job: Job, now: datetime) -> float | None:
    """What a job under way does a second; None before the first is done."""
    taken = (now - job.started_at).total_seconds() if job.started_at is not None else 0.0
    return job.done / taken if job.done and taken > 0 else None


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        batch=row.batch,
        label=row.label,
        payload=row.payload,
        state=row.state,
        stage=row.stage,
        done=row.done,
        total=row.total,
        result=row.result,
        error=row.error,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
