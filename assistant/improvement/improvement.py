"""The model lab as pages and the command line hold it: train, judge, promote, take back."""

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.backends import Backends
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import RowsError
from assistant.evaluation.evaluation import Evaluation
from assistant.evaluation.evaluator import Asks
from assistant.improvement.chain import Chain
from assistant.improvement.contests import Contests
from assistant.improvement.errors import ImprovementError
from assistant.improvement.gate import Gate
from assistant.improvement.lessons import Lessons
from assistant.improvement.lineage import merged_key
from assistant.improvement.made import MakesLessons
from assistant.improvement.material import Material, gather, some
from assistant.improvement.order import Order, Scope
from assistant.improvement.progress import Progress, Tell
from assistant.improvement.quantisations import Quantisations, compare_quantisations
from assistant.improvement.summary_lessons import SummaryLessons
from assistant.improvement.teacher import Estimate
from assistant.limits import Limits
from assistant.prompts import QUOTE, SUMMARY, Prompts, UnknownPrompt
from assistant.rails import Rails
from assistant.registry.decisions import Decisions
from assistant.registry.registry import Registry
from assistant.registry.verdict import Verdict
from assistant.retrieval import UnknownCollection
from assistant.summarising import Summarising
from assistant.support import Support
from ingest.catalogue import Catalogue
from ingest.jobs import Job, Jobs, Report
from models.backend import BackendError, ChatBackend
from models.card import ModelCard
from models.registry import ModelFileError, ModelFolder
from models.tuning import TuningError, require_four_bit, require_same_tokens
from models.tuning.quantising import Kind

KIND, COMPARING = "training", "quantisations"
"""Of work in the queue."""

PROBLEMS = (BackendError, ImprovementError, ModelFileError, RowsError, TuningError, UnknownCollection, UnknownPrompt)
"""What work in the lab fails with, each in a sentence."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an order."""

    card: ModelCard
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        """For scripts and the job's result."""
        return {"model": self.card.name, "sha256": self.card.sha256, "verdict": self.verdict.to_json()}


class Improvement:
    """Makes models of what people approved. One at a time; the rest is thread-safe."""

    def __init__(
        self,
        *,
        folder: Path,
        ask: Asks,
        summarising: Summarising,
        catalogue: Catalogue,
        data_sets: DataSets,
        evaluation: Evaluation,
        registry: Registry,
        models: ModelFolder,
        backends: Backends,
        prompts: Prompts,
        rails: Rails,
        support: Callable[[], Support],
        limits: Callable[[str], Limits],
        threads: int | None,
        jobs: Jobs,
    ) -> None:
        """`threads` are those that answers are computed with."""
        self.registry = registry
        self._ask, self._catalogue, self._data_sets = ask, catalogue, data_sets
        self._summarising = summarising
        self._models, self._backends, self._prompts, self._rails = models, backends, prompts, rails
        self._support, self._limits, self._threads, self._jobs = support, limits, threads, jobs
        self._decisions = Decisions(catalogue)
        self._contests = Contests(data_sets=data_sets, catalogue=catalogue, models=models, registry=registry)
        self._gate = Gate(evaluation=evaluation, ask=ask)
        self._chain = Chain(folder=folder, ask=ask, catalogue=catalogue, backends=backends, lessons=self._lessons)
        jobs.register(KIND, self._handle)
        jobs.register(COMPARING, self._handle)

    def train(self, order: Order, *, tell: Tell | None = None, stop: threading.Event | None = None) -> Outcome:
        """Make a model, add it to those on this machine and judge it; what was cut off goes on when asked again.

        It is in the sidebar only once it has passed and is promoted, or chosen there.

        Raises:
            ImprovementError: the rows are too few, the name is taken, or `stop` was set; what was done is kept.
            TuningError, BackendError, ModelFileError, RowsError, UnknownPrompt: a step cannot be done.
        """
        tell, stop = tell or (lambda _: None), stop or threading.Event()
        self.check(order)
        material = self._material(order)
        base = self._models.find(order.base)
        guesses = self._models.find(order.guesses_of) if order.guesses_of is not None else None
        produced = self._chain.run(order, base, material, guesses=guesses, tell=tell, stop=stop)
        tell(Progress(stage="adding it to the models"))
        card = self._added(order.name, produced.file, produced.made)
        return Outcome(card=card, verdict=self.judge(order.name, scope=order.scope, tell=tell, stop=stop))

    def estimate(self, order: Order, *, tell: Tell | None = None) -> Estimate | None:
        """What an order's teacher will cost; None without one.

        Raises:
            ImprovementError, BackendError, ModelFileError, RowsError, UnknownPrompt: it cannot be done.
        """
        self.check(order)
        material = self._material(order)
        return self._chain.estimate(order, [*material.learnt, *material.proposed], tell=tell or (lambda _: None))

    def judge(
        self,
        name: str,
        *,
        data_set: str | None = None,
        scope: Scope | None = None,
        tell: Tell | None = None,
        stop: threading.Event | None = None,
    ) -> Verdict:
        """Let the gate judge a model, and keep what it says. `data_set` gives rows where the card names none.

        Raises:
            ImprovementError: there is nothing to judge by, or `stop` was set.
            ModelFileError, BackendError, RowsError, UnknownPrompt: it cannot be asked.
        """
        entry = self.registry.find(name)
        contest = self._contests.of(entry, data_set, scope or Scope())
        verdict = self._gate.judge(contest, tell=tell or (lambda _: None), stop=stop or threading.Event())
        self._decisions.keep(verdict)
        if entry.card.added_at is not None:
            self._models.mark(name, beats_quote=verdict.beats_quote)
            self._backends.forget("local", name)  # which remembers what the card said before
        return verdict

    def quantise(self, name: str, kind: Kind, *, tell: Tell | None = None) -> ModelCard:
        """Another quantisation of a model that was made here, as a model of its own, still to be judged.

        Raises:
            ImprovementError: it was not made here, or its weights are gone.
            ModelFileError, TuningError: there is no such model, or it cannot be written.
        """
        made = self._made(name)
        file = self._chain.quantised(merged_key(made), kind, tell=tell or (lambda _: None))
        return self._added(f"{name}-{kind}", file, {**made, "quantisation": kind})

    def adapter(self, name: str, out: Path) -> ModelCard:
        """Write what a model that was made here learnt, alone, as an adapter's GGUF file; gives what to lay it over.

        Raises:
            ImprovementError: it was not made here, what it learnt is gone, or there is something at `out`.
            ModelFileError, TuningError: there is no such model, its base is gone, or it cannot be written.
        """
        made = self._made(name)
        if out.exists():
            raise ImprovementError(f"There is a “{out.name}” already: choose another name.")
        base = self._models.find(made["base"]["name"])
        self._chain.adapter(made, base, out)
        return base

    def compare_quantisations(
        self, name: str, *, rows: int = 30, tell: Tell | None = None, stop: threading.Event | None = None
    ) -> Quantisations:
        """Every quantisation of a model that was made here: size, speed, likeness to F16, and answers to `rows` rows.

        The rows are those of its data set that it did not learn from. What was measured is not measured again.

        Raises:
            ImprovementError: it was not made here, its weights are gone, there are no rows, or `stop` was set.
            ModelFileError, BackendError, TuningError, RowsError, UnknownPrompt: it cannot be asked.
        """
        tell, stop = tell or (lambda _: None), stop or threading.Event()
        made = self._made(name)
        key, order = merged_key(made), Order.from_json(made["order"])
        whole, lessons = self._chain.whole(key), self._lessons(order)
        material = gather(self._data_sets, made["data_set"], seed=made["seed"], student=order.student)
        chosen = some([*material.held_out, *material.paraphrases], rows)
        asked = []
        for at, row in enumerate(chosen):
            tell(Progress(stage="looking up the passages", done=at, total=len(chosen)))
            if (messages := lessons.served(row)) is not None:
                asked.append((row, messages))
        return compare_quantisations(
            lambda kind: self._chain.quantised(key, kind, tell=tell),
            whole,
            asked,
            max_tokens=lessons.limits.max_tokens,
            threads=self._threads,
            tell=tell,
            stop=stop,
        )

    def quantisations(self, name: str) -> Quantisations | None:
        """What `compare_quantisations` found last; None where it was never asked. Cheap.

        Raises:
            ModelFileError: there is no such model.
        """
        made = self._models.find(name).made
        return self._chain.quantisations(merged_key(made)) if made is not None else None

    def start_comparing(self, name: str) -> str:
        """Queue the comparison of a model's quantisations, in the background; gives the batch.

        Raises:
            ImprovementError: it was not made here, or its weights are gone.
            ModelFileError: there is no such model.
        """
        self._chain.whole(merged_key(self._made(name)))
        batch = uuid.uuid4().hex
        self._jobs.submit(COMPARING, batch, [(name, {})])
        return batch

    def start(self, order: Order) -> str:
        """Queue an order, in the background; gives the batch to ask `desk.jobs` about. Its result: `Outcome`.

        Raises:
            ImprovementError, RowsError, ModelFileError, UnknownPrompt: it cannot be done, as is known already.
        """
        self.check(order)
        self._material(order)
        batch = uuid.uuid4().hex
        self._jobs.submit(KIND, batch, [(order.name, order.to_json())])
        return batch

    def check(self, order: Order) -> None:
        """See that an order can be begun.

        Raises:
            ImprovementError: the name is taken by another model, the prompt is not for what is to be learnt, or a
                teacher is named for summaries.
            ModelFileError, UnknownPrompt, BackendError: there is no such base, prompt or teacher.
            TuningError: the teacher reads other tokens than the base, so that its guesses cannot be learnt; or what
                holds weights in 4 bits is not installed.
        """
        base = self._models.find(order.base)
        if base.made is not None:
            raise ImprovementError(f"The model “{order.base}” was made here: begin with what it was made from.")
        prompt = self._prompts.load(order.prompt).name
        if prompt == QUOTE:
            raise ImprovementError("The prompt “quote” asks no model: choose one that does.")
        if (prompt == SUMMARY) != (order.student == "summarising"):
            raise ImprovementError(f"The prompt “{prompt}” is not for a model that learns {order.student}.")
        if order.student == "summarising" and order.teacher is not None:
            raise ImprovementError(
                "A teacher's summaries are reviewed before anybody learns from them: have it propose some with “refdesk"
                " dataset synthesise --kind summaries”."
            )
        if order.teacher is not None:
            self._backends.check(order.teacher.partition(":")[0])
        if order.recipe.four_bit:
            require_four_bit()
        if order.guesses_of is not None:
            if not 0 < order.recipe.distil <= 1:
                raise ImprovementError("Say what share the teacher's guesses are to have: above 0, and at most 1.")
            require_same_tokens(base.path, self._models.find(order.guesses_of).path)
        taken = {card.name: card for card in self._models.list()}.get(order.name)
        if taken is not None and not (taken.made and Order.from_json(taken.made["order"]) == order):
            raise ImprovementError(f"There is a model “{order.name}” already: call the new one something else.")

    def free_name(self, data_set: str) -> str:
        """A name for the next model of a data set."""
        stem = "".join(char if char.isascii() and char.isalnum() else "-" for char in data_set).strip("-") or "model"
        taken = {card.name for card in self._models.list()} | {job.label for job in self._jobs.list(kind=KIND)}
        return next(name for at in range(1, len(taken) + 2) if (name := f"{stem}-{at}") not in taken)

    def lessons(self, backend: ChatBackend, prompt: str) -> Lessons:
        """What makes lessons of rows for who is asked with a prompt.

        Raises:
            UnknownPrompt: there is no such prompt.
        """
        return Lessons(
            ask=self._ask,
            catalogue=self._catalogue,
            backend=backend,
            prompt=self._prompts.load(prompt),
            limits=self._limits(backend.info.backend),
            rails=self._rails,
            support=self._support,
        )

    def losses(self, name: str) -> Sequence[dict[str, float]]:
        """The loss curve of the training of that name: each with a “step”, and “loss” or “held_out”."""
        return self._chain.losses(name)

    # Parts of the above

    def _added(self, name: str, file: Path, made: Any) -> ModelCard:
        """The file as one of the models; nothing is done where it is one already."""
        known = {card.name: card for card in self._models.list()}
        if name in known:
            return known[name]
        return self._models.add(str(file), name=name, made=made)

    def _made(self, name: str) -> Mapping[str, Any]:
        made = self._models.find(name).made
        if made is None:
            raise ImprovementError(f"The model “{name}” was not made here, so its full weights are not known.")
        return made

    def _material(self, order: Order) -> Material:
        return gather(
            self._data_sets,
            order.data_set,
            seed=order.recipe.seed,
            student=order.student,
            proposed=order.proposed,
        )

    def _lessons(self, order: Order) -> MakesLessons:
        backend = self._backends.get("local", order.base)
        if order.student == "answering":
            return self.lessons(backend, order.prompt)
        return SummaryLessons(
            summarising=self._summarising,
            backend=backend,
            prompt=self._prompts.load(order.prompt),
            limits=self._limits(backend.info.backend),
            rails=self._rails,
            support=self._support,
        )

    def _handle(self, jobs: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        for job in jobs:

            def show(event: Progress, job: Job = job) -> None:
                report(Report(job=job, stage=event.says, done=event.done, total=event.total))

            try:
                outcome = self._done(job, show, cancel)
            except PROBLEMS as error:
                if cancel.is_set():
                    return  # the queue knows whose cancelling it was
                report(Report(job=job, state="failed", error=str(error)))
            else:
                report(Report(job=job, state="done", result=outcome))

    def _done(self, job: Job, tell: Tell, stop: threading.Event) -> dict[str, Any]:
        if job.kind == COMPARING:
            return self.compare_quantisations(job.label, tell=tell, stop=stop).to_json()
        return self.train(Order.from_json(job.payload), tell=tell, stop=stop).as_json()
