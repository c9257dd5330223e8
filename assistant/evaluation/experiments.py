"""Runs that are shown in Langfuse as experiments on a data set that was pushed there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.shared_items import item_id
from assistant.evaluation.evaluation import Evaluation
from assistant.evaluation.experiment_traces import Experiment, scores_of_row, scores_of_run, trace_of_row
from assistant.evaluation.summaries import Asked
from assistant.tracing import Outbox
from assistant.tracing.project import LangfuseError, Project
from ingest.catalogue import Catalogue

_SHARE = 0.5
"""Of the outbox that experiments may fill: the turns of people come first."""

Told = Callable[[int, int], None]
"""Is told how many of how many are done."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What of a run has been handed to the outbox."""

    name: str
    """What Langfuse calls the experiment."""
    rows: int
    scores: int
    left_out: int
    """Rows that the data set at Langfuse does not have: they were not pushed, or are not approved."""


class Experiments:
    """Hands runs to the outbox, from where they are sent as turns and votes are, and get lost no more than these.

    What has to be asked of Langfuse at once are ids. All that follows from them is made anew in the same way: a run
    that is pushed again overwrites what is there.
    """

    def __init__(
        self,
        *,
        evaluation: Evaluation,
        data_sets: DataSets,
        outbox: Outbox,
        catalogue: Catalogue,
        project: Callable[[], Project],
    ) -> None:
        self._evaluation = evaluation
        self._data_sets = data_sets
        self._outbox = outbox
        self._catalogue = catalogue
        self._project = project

    def check(self, data_set: str) -> None:
        """See that runs of a data set, or of a part of it, can be shown.

        Raises:
            LangfuseError: they cannot, as no keys are set, or the data set is not at Langfuse.
        """
        with self._project() as project:
            project.data_set(self._data_set_of(data_set))

    def push(self, run_id: str, *, told: Told = lambda done, of: None) -> Shown:
        """Show a run, by its id or the beginning of one; returns when all of it lies in the outbox.

        Raises:
            UnknownRun: there is none, or there are several that begin so.
            LangfuseError: its data set is not at Langfuse, or the outbox has no room for it.
        """
        run = self._evaluation.run(run_id)
        data_set = self._data_set_of(run.data_set)
        asked = self._evaluation.asked(run.id)
        with self._project() as project:
            experiment = Experiment(
                run=run, data_set=data_set, data_set_id=project.data_set(data_set), project_id=project.id()
            )
            there = {item.id for item in project.items(data_set)}
        shown = [one for one in asked if item_id(data_set, one.row.id) in there]
        if not shown:
            raise LangfuseError(f"Langfuse has none of the rows of this run: “refdesk dataset push {data_set}” first.")
        self._check_room(shown, experiment)
        return Shown(
            name=experiment.name,
            rows=len(shown),
            scores=self._hand_over(experiment, shown, told),
            left_out=len(asked) - len(shown),
        )

    def _hand_over(self, experiment: Experiment, asked: Sequence[Asked], told: Told) -> int:
        """Each row in a transaction of its own, so that no person's turn waits for the whole."""
        scores = 0
        for done, one in enumerate(asked, start=1):
            of_row = list(scores_of_row(experiment, one))
            with self._catalogue.writing() as session:
                self._outbox.trace(session, trace_of_row(experiment, one))
                for score in of_row:
                    self._outbox.measure(session, experiment.trace_id(one.row.id), score)
            scores += len(of_row)
            told(done, len(asked))
        of_run, last = list(scores_of_run(experiment)), experiment.trace_id(asked[-1].row.id)
        with self._catalogue.writing() as session:
            for score in of_run:
                self._outbox.measure(session, last, score)
        return scores + len(of_run)

    def _data_set_of(self, called: str) -> str:
        """The name of the data set that rows are from, whatever the part."""
        names = [summary.name for summary in self._data_sets.list()]
        found = [name for name in names if called == name or called.startswith(f"{name} (")]
        if not found:
            raise LangfuseError(
                f"The run's rows are from “{called}”, which is no data set of the catalogue: import and push it,"
                " and evaluate that."
            )
        return max(found, key=len)

    def _check_room(self, asked: Sequence[Asked], experiment: Experiment) -> None:
        needed = sum(1 + len(one.measures) for one in asked) + len(list(scores_of_run(experiment)))
        if needed > self._outbox.room() * _SHARE:
            raise LangfuseError(
                f"The run makes {needed:,} traces and scores, more than the outbox has room for beside what people"
                " ask: wait until it is sent, or raise langfuse.outbox_rows."
            )
