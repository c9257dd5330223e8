"""Runs of the synthesiser: what it proposes is kept at once, here and now or in the background."""

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from assistant.data_sets.data_set import UnknownDataSet
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import Row, RowsError
from assistant.retrieval import UnknownCollection
from assistant.synthesis.synthesiser import Plan, Progress, Synthesiser
from ingest.jobs import Job, Jobs, Report
from models.backend import BackendError
from models.registry import ModelFileError

KIND = "synthesis"


class Syntheses:
    """Makes rows for data sets. One that is broken off goes on where it was, with the same seed. Thread-safe."""

    def __init__(self, *, synthesiser: Synthesiser, data_sets: DataSets, jobs: Jobs) -> None:
        self._synthesiser = synthesiser
        self._data_sets = data_sets
        self._jobs = jobs
        jobs.register(KIND, self._handle)

    def make(self, plan: Plan, *, stop: threading.Event | None = None) -> Iterator[Progress]:
        """Propose rows; tells after each passage how far it is.

        Raises:
            RowsError: the data set cannot be called so, or rules are to write summaries.
            UnknownCollection, BackendError, ModelFileError: there is no such collection, backend or model.
        """
        proposed = 0
        for progress, proposals in self._synthesiser.synthesise(
            plan, known=self._known(plan.data_set), stop=stop or threading.Event()
        ):
            if proposals:
                proposed += self._data_sets.propose(plan.data_set, proposals)
            yield replace(progress, proposed=proposed)

    def start(self, plan: Plan) -> str:
        """Queue it, in the background; gives the batch to ask `desk.jobs` about, and to cancel by.

        The job's `done` and `total` count passages; its `result` has “proposed”, “drafted”, “seconds”, and “dropped” by
        fault.

        Raises:
            UnknownCollection, BackendError, ModelFileError: there is no such collection, backend or model.
            RowsError: rules are to write summaries.
        """
        self._synthesiser.check(plan)
        batch = uuid.uuid4().hex
        self._jobs.submit(KIND, batch, [(f"{plan.kind.capitalize()} for {plan.data_set}", asdict(plan))])
        return batch

    def _known(self, name: str) -> list[Row]:
        try:
            return [item.row for item in self._data_sets.items(name)]
        except UnknownDataSet:
            return []

    def _handle(self, jobs: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        for job in jobs:
            progress: Progress | None = None
            try:
                for progress in self.make(_plan(job.payload), stop=cancel):
                    stage = f"{progress.proposed} proposed"
                    report(Report(job=job, stage=stage, done=progress.done, total=progress.total))
            except (BackendError, ModelFileError, RowsError, UnknownCollection) as error:
                report(Report(job=job, state="failed", error=str(error)))
                continue
            if not cancel.is_set():
                report(_done(job, progress))


def _done(job: Job, progress: Progress | None) -> Report:
    progress = progress or Progress(done=0, total=0, proposed=0)
    result = {
        "proposed": progress.proposed,
        "drafted": progress.drafted,
        "dropped": dict(progress.dropped),
        "seconds": round(progress.elapsed_s, 1),
    }
    return Report(job=job, state="done", done=progress.done, total=progress.total, result=result)


def _plan(payload: Mapping[str, Any]) -> Plan:
    return Plan(**{**payload, "collections": tuple(payload["collections"])})
