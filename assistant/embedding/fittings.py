"""Fittings: embedding models fitted by the job queue in the background, for a page."""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from assistant.data_sets.rows import RowsError
from assistant.embedding.happening import Progress
from assistant.embedding.models import EmbeddingModels
from assistant.embedding.rowsets import guards_of, rowset
from assistant.retrieval import UnknownCollection
from ingest.catalogue import Catalogue
from ingest.jobs import Job, Jobs, Report
from ingest.reindexing import ReindexingError
from models.gguf import ModelFileError
from models.training import Fitting, FittingError

KIND = "embedding"

_PROBLEMS = (FittingError, ModelFileError, ReindexingError, RowsError, UnknownCollection)
"""What a job fails with in a sentence."""


class Fittings:
    """Queues fittings; one that the program's end cut off goes on at its last checkpoint."""

    def __init__(self, *, jobs: Jobs, models: EmbeddingModels, catalogue: Catalogue) -> None:
        self._jobs = jobs
        self._models = models
        self._catalogue = catalogue
        jobs.register(KIND, self._handle)

    def submit(
        self,
        name: str,
        sets: Sequence[str],
        *,
        collections: Sequence[str] = (),
        made: bool = False,
        mined: bool = False,
        epochs: int = 1,
    ) -> str:
        """Queue the fitting of a model to the documents of data sets; gives the batch, to ask `Jobs.list` about.

        What came of it is the job's result, as `Outcome.as_json` has it.
        """
        batch = uuid.uuid4().hex
        payload = {"sets": list(sets), "collections": list(collections), "made": made, "mined": mined, "epochs": epochs}
        self._jobs.submit(KIND, batch, [(name, payload)])
        return batch

    def _handle(self, jobs: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        for job in jobs:
            try:
                result = self._fit(job, report, cancel)
            except _PROBLEMS as error:
                if cancel.is_set():
                    return  # the queue knows whose cancelling it was
                report(Report(job=job, state="failed", error=str(error)))
            else:
                report(Report(job=job, state="done", result=result))

    def _fit(self, job: Job, report: Callable[[Report], None], cancel: threading.Event) -> dict[str, Any]:
        def show(event: Progress) -> None:
            report(Report(job=job, stage=event.stage, done=event.done, total=event.total))

        asked = job.payload
        outcome = self._models.fit(
            job.label,
            [rowset(self._catalogue, name, tuple(asked["collections"])) for name in asked["sets"]],
            guards_of(self._catalogue, besides=asked["sets"]),
            made=asked["made"],
            mined=asked["mined"],
            fitting=Fitting(epochs=asked["epochs"]),
            report=show,
            cancel=cancel,
        )
        return outcome.as_json()
