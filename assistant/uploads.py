"""Uploads: files handed in by a page, taken in by the job queue in the background."""

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ingest.files import FileStore
from ingest.ingestion import Ingestion, Progress
from ingest.jobs import Job, Jobs, Report
from ingest.sources import Source, document_name

KIND = "ingest"


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as a browser hands it in."""

    name: str
    content: BinaryIO


class Uploads:
    """Keeps handed-in files at once and queues them; the queue outlives the program."""

    def __init__(self, *, jobs: Jobs, files: FileStore, ingestion: Ingestion) -> None:
        self._jobs = jobs
        self._files = files
        self._ingestion = ingestion
        jobs.register(KIND, self._handle)

    def submit(self, uploads: Iterable[Upload], *, collection: str) -> str:
        """Keep and queue files; gives the name of the batch, to ask `Jobs.list` about."""
        batch = uuid.uuid4().hex
        work: list[tuple[str, dict[str, Any]]] = []
        for upload in uploads:
            name = document_name(upload.name)
            work.append((name, {"sha256": self._files.put(upload.content), "collection": collection}))
        self._jobs.submit(KIND, batch, work)
        return batch

    def _handle(self, jobs: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        taken: dict[str, Job] = {}

        def sources() -> Iterator[Source]:
            for job in jobs:
                source = Source(
                    path=self._files.path(job.payload["sha256"]), name=job.label, collection=job.payload["collection"]
                )
                taken[_key(source.collection, source.name)] = job
                yield source

        def progress(event: Progress) -> None:
            job = taken[_key(event.source.collection, event.source.name)]
            report(Report(job=job, stage=event.stage, done=event.done, total=event.total))

        for outcome in self._ingestion.ingest(sources(), progress=progress, cancel=cancel):
            if outcome.status == "cancelled":
                continue  # the queue knows whose cancelling it was
            state = "failed" if outcome.status == "failed" else "done"
            result = {
                "status": outcome.status,
                "pages": outcome.pages,
                "chunks": outcome.chunks,
                "seconds": round(outcome.seconds, 3),
                "notes": list(outcome.notes),
            }
            job = taken[_key(outcome.collection, outcome.document)]
            report(Report(job=job, state=state, result=result, error=outcome.error))


def _key(collection: str, name: str) -> str:
    return f"{collection}\0{name}"
