"""Makes a run: asks the rows whose answers are not known, and keeps each at once."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from assistant.backends import Backends
from assistant.conversations import Choices
from assistant.data_sets.rows import Row, hash_of
from assistant.evaluation.configuration import Configuration
from assistant.evaluation.evaluator import Cancelled, Evaluator
from assistant.evaluation.judge import Judge, Judged
from assistant.evaluation.results import Result
from assistant.evaluation.runs import Run, Runs, UnknownRun
from assistant.evaluation.summaries import Asked
from assistant.pool import at_the_same_time
from assistant.prompts import QUOTE
from assistant.rails import Rails

AT_ONCE = 4
"""Rows asked at the same time of a backend on somebody else's machine."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run to be made: rows, and how they are answered."""

    data_set: str
    """What people call it."""
    rows: Sequence[Row]
    choices: Choices
    label: str = ""
    """What people call the run; its configuration by default."""
    retrieval_only: bool = False
    """Look for the passages and leave each turn there."""
    fresh: bool = False
    """Ask every row again, also where the answer is known."""
    resume: str | None = None
    """Id of the unfinished run to go on with; without it, one of the same rows and configuration goes on too."""
    at_once: int = AT_ONCE
    """Rows asked at the same time, where the backend is on somebody else's machine; on this one it is one."""
    judge: str | None = None
    """Who judges the answers: a kind of backend, a model of the hosted one, or both with a colon between."""

    @property
    def writes(self) -> bool:
        """Whether a backend is asked."""
        return not self.retrieval_only and self.choices.prompt != QUOTE


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is."""

    run: Run
    """As it was when it began."""
    done: int
    total: int
    stage: Literal["loading", "asking", "judging"]
    """Each is told when it begins, and is left out where there is nothing to do."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """Makes runs. Thread-safe."""

    evaluator: Evaluator
    runs: Runs
    backends: Backends
    rails: Rails

    def make(
        self,
        plan: Plan,
        configuration: Configuration,
        *,
        progress: Callable[[Progress], None],
        stop: threading.Event,
    ) -> Run:
        """The run, done, or cancelled where `stop` was set. A run that broke off goes on where it was.

        Raises:
            UnknownRun: `plan.resume` is none, or was made with other rows or another configuration.
            UnknownPrompt, UnknownCollection, BackendError, ModelFileError: it cannot be asked.
        """
        judge = self.judge(plan.judge) if plan.judge else None
        if plan.resume is not None:
            self._check_resumed(plan, configuration)
        run = self.runs.begin(
            label=plan.label, data_set=plan.data_set, rows=plan.rows, configuration=configuration, fresh=plan.fresh
        )
        state = "failed"
        try:
            self._fill(run, plan, configuration, progress, stop)
            if judge is not None and not plan.retrieval_only:
                self._judge(run, judge, plan.at_once, progress, stop)
            state = "cancelled" if stop.is_set() else "done"
        except (KeyboardInterrupt, Cancelled):
            state = "cancelled"
            raise
        finally:
            run = self.runs.finish(run.id, state)
        return run

    def judge(self, named: str) -> Judge:
        """The judge of that name; see `Plan.judge`.

        Raises:
            BackendError, ModelFileError: there is no such backend or model.
        """
        kind, _, model = named.partition(":")
        if kind not in self.backends.kinds():
            kind, model = "hosted", named
        return Judge(backend=self.backends.get(kind, model or None), rails=self.rails)

    def _judge(
        self, run: Run, judge: Judge, at_once: int, progress: Callable[[Progress], None], stop: threading.Event
    ) -> None:
        """Let the judge say what it has not said yet, of this run's answers or the same ones of others."""
        kept = self.runs.asked(run.id)
        known = self.runs.opinions(one.row.id for one in kept)

        def judged(one: Asked) -> Asked:
            answer = Judged.of(one.row, one.result)
            opinions = judge.opinions(answer, known=known, stop=stop) if answer and not stop.is_set() else ()
            return Asked.of(one.row, replace(one.result, opinions=opinions))

        workers = 1 if judge.backend.info.is_here else max(1, at_once)
        for done, one in enumerate(at_the_same_time(judged, kept, workers=workers, stop=stop), start=1):
            self.runs.judged(run.id, one)
            progress(Progress(run=run, done=done, total=len(kept), stage="judging"))

    def _fill(
        self,
        run: Run,
        plan: Plan,
        configuration: Configuration,
        progress: Callable[[Progress], None],
        stop: threading.Event,
    ) -> None:
        keys = {row.id: configuration.key(row) for row in plan.rows}
        places = {row.id: place for place, row in enumerate(plan.rows)}

        def keep(row: Row, result: Result) -> None:
            self.runs.add(run.id, places[row.id], keys[row.id], Asked.of(row, result))

        there = self.runs.done(run.id)
        open_ones = [row for row in plan.rows if row.id not in there]
        known = {} if plan.fresh else self.runs.known(keys[row.id] for row in open_ones)
        for row in open_ones:
            if keys[row.id] in known:
                keep(row, known[keys[row.id]])
        left = [row for row in open_ones if keys[row.id] not in known]
        if not left:
            return
        far = Progress(run=run, done=len(plan.rows) - len(left), total=len(plan.rows), stage="loading")
        progress(far)
        self._warm(plan, stop)
        progress(replace(far, stage="asking"))
        for done, (row, result) in enumerate(self._answered(left, plan, stop), start=far.done + 1):
            keep(row, result)
            progress(replace(far, stage="asking", done=done))

    def _answered(self, rows: Sequence[Row], plan: Plan, stop: threading.Event) -> Iterator[tuple[Row, Result]]:
        """Rows with their results as these come; ends early, without those under way, when `stop` is set."""
        answer = self.evaluator.search if plan.retrieval_only else self.evaluator.answer

        def answered(row: Row) -> tuple[Row, Result]:
            return row, answer(row, plan.choices, stop=stop)

        try:
            yield from at_the_same_time(answered, rows, workers=self._at_once(plan), stop=stop)
        except Cancelled:
            return

    def _at_once(self, plan: Plan) -> int:
        """The local model has one thread of its own, and the rest of a turn gains nothing from several."""
        if not plan.writes:
            return 1
        backend = self.backends.get(plan.choices.backend, plan.choices.model)
        return 1 if backend.info.is_here else max(1, plan.at_once)

    def _warm(self, plan: Plan, stop: threading.Event) -> None:
        """Load everything first: times are measured, and the first row is not to wait for it."""
        choices = Choices(backend=plan.choices.backend, prompt=QUOTE)
        for _ in self.evaluator.ask("warm up", choices=choices, stop=stop):
            pass
        if plan.writes:
            self.backends.get(plan.choices.backend, plan.choices.model).warm()

    def _check_resumed(self, plan: Plan, configuration: Configuration) -> None:
        run = self.runs.get(plan.resume or "")
        if run.state == "done":
            raise UnknownRun(f"The run {run.id} is done: there is nothing to go on with.")
        if run.rows_hash != hash_of(plan.rows):
            raise UnknownRun(f"The run {run.id} was made of other rows: it cannot go on with these.")
        if run.configuration.content_hash != configuration.content_hash:
            changed = ", ".join(_changed(run.configuration.to_json(), configuration.to_json()))
            raise UnknownRun(f"The run {run.id} was made with another configuration ({changed}): start a new one.")


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Names of what differs."""
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _changed(one, other, f"{above}{name}.")
        elif one != other:
            yield f"{above}{name}"
