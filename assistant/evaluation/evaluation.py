"""Evaluation as pages and the command line hold it: start runs, look at them, compare them."""

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from assistant.backends import Backends
from assistant.conversations import Choices
from assistant.data_sets.data_set import UnknownDataSet
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.reading import called, read_file
from assistant.data_sets.rows import Row, RowsError
from assistant.evaluation.comparison import RunComparison, compare_runs
from assistant.evaluation.configuration import Configuration
from assistant.evaluation.configuring import Configuring
from assistant.evaluation.evaluator import Asks, Evaluator
from assistant.evaluation.examples import ApprovedExamples
from assistant.evaluation.judge import Judge
from assistant.evaluation.ranking import same_document
from assistant.evaluation.running import Plan, Progress, Running
from assistant.evaluation.runs import Run, Runs, UnknownRun
from assistant.evaluation.suiting import suited
from assistant.evaluation.summaries import Asked
from assistant.prompts import QUOTE, Prompts, UnknownPrompt
from assistant.rails import Rails
from assistant.retrieval import UnknownCollection
from assistant.searching import Searching
from assistant.settings import Settings
from ingest.catalogue import Catalogue
from ingest.jobs import Job, Jobs, Report
from models.backend import BackendError
from models.registry import ModelFileError, ModelFolder

KIND = "evaluation"


class Evaluation:
    """Asks data sets and keeps the runs. Thread-safe."""

    def __init__(
        self,
        *,
        ask: Asks,
        data_sets: DataSets,
        prompts: Prompts,
        examples: ApprovedExamples,
        catalogue: Catalogue,
        searching: Callable[[], Searching],
        backends: Backends,
        models: ModelFolder,
        settings: Settings,
        jobs: Jobs,
        rails: Rails,
    ) -> None:
        self._configuring = Configuring(
            settings=settings,
            catalogue=catalogue,
            searching=searching,
            backends=backends,
            models=models,
            prompt=prompts.load,
            examples=lambda: examples.fingerprint,
        )
        self._runs = Runs(catalogue)
        evaluator = Evaluator(ask=ask, searching=searching)
        self._running = Running(evaluator=evaluator, runs=self._runs, backends=backends, rails=rails)
        self._data_sets = data_sets
        self._prompts = prompts
        self._settings = settings
        self._catalogue = catalogue
        self._jobs = jobs
        jobs.register(KIND, self._handle)

    # Looking

    def runs(self, data_set: str | None = None) -> list[Run]:
        """Runs with their summaries, the newest first; of one data set or of all.

        Measures over time, and quality against cost and latency, come from these alone: `run.created_at`,
        `run.configuration.backend` and `.prompt`, `run.summary.value("answer_f1")`, "cost", "total_s_p50".
        """
        return self._runs.newest(data_set)

    def run(self, run_id: str) -> Run:
        """A run, by its id or the beginning of one.

        Raises:
            UnknownRun: there is none, or there are several.
        """
        return self._runs.get(run_id)

    def asked(self, run_id: str) -> list[Asked]:
        """The rows of a run: each with its result and its measures, in the order of the data set.

        Raises:
            UnknownRun: there is no such run.
        """
        return self._runs.asked(self._runs.get(run_id).id)

    def compare(self, first: str, second: str) -> RunComparison:
        """What the second of two runs gained over the first, measure by measure, and the rows that changed.

        Raises:
            UnknownRun: one of them is none.
        """
        a, b = self._runs.get(first), self._runs.get(second)
        return compare_runs(self._runs.asked(a.id), self._runs.asked(b.id))

    def remove(self, run_id: str) -> Run:
        """Forget a run with its results.

        Raises:
            UnknownRun: there is none.
        """
        return self._runs.remove(run_id)

    def judge(self, named: str) -> Judge:
        """Who judges answers: a kind of backend, a model of the hosted one, or both with a colon between.

        Raises:
            BackendError, ModelFileError: there is no such backend or model.
        """
        return self._running.judge(named)

    def rows(self, data_set: str, *, part: str | None = None, limit: int | None = None) -> list[Row]:
        """The approved rows of a data set of the catalogue, or those of a file or folder; the first `limit` of them.

        Only a set of the catalogue has parts; it goes before a file of its name.

        Raises:
            RowsError: there is none, it cannot be read, or it has no rows to ask.
        """
        try:
            rows = list(self._data_sets.rows(data_set, part))
        except UnknownDataSet:
            if part is not None:
                raise
            rows = read_file(Path(data_set))
        if not rows:
            raise RowsError(f"The data set “{data_set}” has no rows to ask.")
        return rows[:limit]

    def strangers(self, rows: Sequence[Row], collections: Sequence[str]) -> list[str]:
        """Documents that rows name as their sources and that the desk does not have."""
        have = [
            document.name
            for document in self._catalogue.documents()
            if not collections or document.collection in collections
        ]
        named = dict.fromkeys(source.document for row in rows for source in row.sources)
        exact = set(have)
        return [name for name in named if name not in exact and not any(same_document(name, one) for one in have)]

    # Running

    def configuration(self, choices: Choices, *, retrieval_only: bool = False) -> Configuration:
        """All that decides what is answered with these choices, now.

        Raises:
            UnknownPrompt, BackendError, ModelFileError: there is no such prompt, backend or model.
        """
        return self._configuring.configuration(choices, retrieval_only=retrieval_only)

    def evaluate(
        self,
        plan: Plan,
        *,
        progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
    ) -> Run:
        """Ask the rows that are not known yet, here and now; gives the run, cancelled where `stop` was set.

        Those that the prompt is not for are left out: questions of “summary”, summaries of every other but `quote`.
        What was asked is kept at once: a run that was broken off, however hard, goes on where it was.

        Raises:
            UnknownRun: `plan.resume` is none, or was made with other rows or another configuration.
            RowsError: the prompt is for none of the rows.
            UnknownPrompt, UnknownCollection, BackendError, ModelFileError: it cannot be asked.
        """
        plan = replace(plan, rows=suited(plan.rows, plan.choices.prompt, retrieval_only=plan.retrieval_only))
        configuration = self.configuration(plan.choices, retrieval_only=plan.retrieval_only)
        return self._running.make(
            plan, configuration, progress=progress or (lambda _: None), stop=stop or threading.Event()
        )

    def start(
        self,
        data_set: str,
        *,
        part: str | None = None,
        backends: Sequence[str] = (),
        prompts: Sequence[str] = (),
        model: str | None = None,
        collections: Sequence[str] = (),
        limit: int | None = None,
        label: str = "",
        retrieval_only: bool = False,
        fresh: bool = False,
        judge: str | None = None,
    ) -> str:
        """Queue a run of each backend × prompt, in the background; gives the batch to ask `desk.jobs` about.

        Each job's `result` has the id of its “run”; `done` and `total` count rows. `desk.jobs.cancel(batch)` ends
        them and keeps what was asked.

        Raises:
            RowsError: there is no such data set.
            UnknownPrompt, BackendError, ModelFileError: there is no such prompt, backend or model.
        """
        self.rows(data_set, part=part, limit=1)
        batch, work = uuid.uuid4().hex, []
        for choices in self.grid(backends=backends, prompts=prompts, model=model, collections=collections):
            name = self.configuration(choices, retrieval_only=retrieval_only).name
            payload = {
                "data_set": data_set,
                "part": part,
                "choices": asdict(choices),
                "limit": limit,
                "label": label,
                "retrieval_only": retrieval_only,
                "fresh": fresh,
                "judge": judge,
            }
            work.append((f"{called(data_set, part)}: {name}", payload))
        self._jobs.submit(KIND, batch, work)
        return batch

    def grid(
        self,
        *,
        backends: Sequence[str] = (),
        prompts: Sequence[str] = (),
        model: str | None = None,
        collections: Sequence[str] = (),
    ) -> list[Choices]:
        """Each backend × prompt, those set by default where none are named; `quote`, which asks no backend, once."""
        backends = backends or [self._settings.backend]
        prompts = prompts or [self._prompts.default]
        pairs = [
            (backend, prompt)
            for prompt in dict.fromkeys(prompts)
            for backend in (backends[:1] if prompt == QUOTE else dict.fromkeys(backends))
        ]
        return [
            Choices(backend=backend, model=model, prompt=prompt, collections=tuple(collections))
            for backend, prompt in pairs
        ]

    def _plan(self, payload: Mapping[str, Any]) -> Plan:
        """What a job says is to be done."""
        choices = payload["choices"]
        return Plan(
            data_set=called(payload["data_set"], payload.get("part")),
            rows=self.rows(payload["data_set"], part=payload.get("part"), limit=payload["limit"]),
            choices=Choices(**{**choices, "collections": tuple(choices["collections"])}),
            label=payload["label"],
            retrieval_only=payload["retrieval_only"],
            fresh=payload["fresh"],
            judge=payload["judge"],
        )

    def _handle(self, jobs: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        for job in jobs:

            def show(progress: Progress, job: Job = job) -> None:
                report(Report(job=job, stage=progress.stage, done=progress.done, total=progress.total))

            try:
                run = self.evaluate(self._plan(job.payload), progress=show, stop=cancel)
            except (BackendError, ModelFileError, RowsError, UnknownCollection, UnknownPrompt, UnknownRun) as error:
                report(Report(job=job, state="failed", error=str(error)))
                continue
            if run.state == "done":
                report(Report(job=job, state="done", done=run.done, total=run.total, result={"run": run.id}))
