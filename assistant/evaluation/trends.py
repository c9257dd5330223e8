"""Runs as points of a plot: a measure over time, and against what an answer takes and costs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assistant.evaluation.runs import Run
from assistant.evaluation.statistics import Interval


@dataclass(frozen=True, kw_only=True)
class Point:
    """A measure of a run."""

    run: Run
    of: Interval
    """The measure."""
    against: float | None = None
    """What it is set against, in that measure's unit; None where it is time."""

    @property
    def name(self) -> str:
        """Who answered and how: points of one name belong together."""
        return self.run.configuration.name

    @property
    def at(self) -> datetime:
        """When the run was begun, in UTC."""
        return self.run.created_at


def by_rows(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Runs that are done by the rows that they asked, which alone can be set against each other; the newest first.

    The names are for people: the data set, and how many of its rows.
    """
    done = sorted((run for run in runs if run.summary is not None), key=lambda run: run.created_at, reverse=True)
    together: dict[tuple[str, str], list[Run]] = {}
    for run in done:
        together.setdefault((run.data_set, run.rows_hash), []).append(run)
    named: dict[str, list[Run]] = {}
    for (data_set, _), of in together.items():
        name = f"{data_set}, {of[0].done} row{'' if of[0].done == 1 else 's'}"
        # The set was changed since: the older rows are told apart by when they were asked last.
        named[name if name not in named else f"{name}, until {of[0].created_at:%d %b %Y, %H:%M}"] = of
    return named


def over_time(runs: Iterable[Run], measure: str) -> list[Point]:
    """The runs that have a value, the oldest first."""
    points = [Point(run=run, of=of) for run in runs if (of := _interval(run, measure)) is not None]
    return sorted(points, key=lambda point: point.at)


def entrants(runs: Iterable[Run]) -> list[Run]:
    """The newest run of each backend × prompt, of those that asked the very rows that the newest of all did."""
    done = sorted((run for run in runs if run.summary is not None), key=lambda run: run.created_at, reverse=True)
    newest: dict[str, Run] = {}
    for run in done:
        if run.rows_hash == done[0].rows_hash:
            newest.setdefault(run.configuration.name, run)
    return list(newest.values())


def against(runs: Iterable[Run], measure: str, other: str) -> list[Point]:
    """The entrants that have a value of both; none where no one has a value of the other.

    What costs nothing, as quotes do, stands at 0 where others have a cost.
    """
    there = entrants(runs)
    if not any(_interval(run, other) for run in there):
        return []
    points = []
    for run in there:
        of, taken = _interval(run, measure), _interval(run, other)
        value = taken.value if taken else 0.0 if other == "cost" else None
        if of is not None and value is not None:
            points.append(Point(run=run, of=of, against=value))
    return points


def _interval(run: Run, measure: str) -> Interval | None:
    return run.summary.measures.get(measure) if run.summary else None
