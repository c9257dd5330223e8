"""What a run comes to: every measure over its rows, with intervals, and the same for the rows of each tag."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assistant.data_sets.rows import Row
from assistant.evaluation.decisions import auroc, risk_coverage
from assistant.evaluation.measures import MEASURES, Values
from assistant.evaluation.measuring import loss, measures_of
from assistant.evaluation.results import Result
from assistant.evaluation.statistics import Floats, Interval, Statistic, interval

Intervals = Mapping[str, Interval]
"""By the measure's name; those that no row has a value of are left out."""

_FEWER = 400
"""Resamples of what cannot be computed for many at once."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A row of a run with what came back for it."""

    row: Row
    result: Result
    measures: Values

    @classmethod
    def of(cls, row: Row, result: Result) -> "Asked":
        """Measured."""
        return cls(row=row, result=result, measures=measures_of(row, result))


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Every measure of a run."""

    measures: Intervals
    slices: Mapping[str, Intervals] = field(default_factory=dict)
    """By tag, in the order of their names."""

    def value(self, name: str, tag: str | None = None) -> float | None:
        """A measure over all rows, or over those of a tag; None where no row has a value."""
        found = (self.measures if tag is None else self.slices.get(tag, {})).get(name)
        return found.value if found else None

    def to_json(self) -> dict[str, Any]:
        """As the catalogue and a file keep it."""
        return {
            "measures": _record(self.measures),
            "slices": {tag: _record(measures) for tag, measures in self.slices.items()},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Summary":
        """What `to_json` made."""
        return cls(
            measures=_intervals(document["measures"]),
            slices={tag: _intervals(measures) for tag, measures in document["slices"].items()},
        )


def summarise(asked: Sequence[Asked]) -> Summary:
    """The summary of a run's rows: the same for the same rows in the same order."""
    by_tag: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        for tag in {tag for tag in one.row.tags if not tag.startswith("of:")}:
            by_tag[tag].append(one)
    return Summary(
        measures=intervals_of(asked),
        slices={tag: intervals_of(by_tag[tag]) for tag in sorted(by_tag)},
    )


def intervals_of(asked: Sequence[Asked]) -> dict[str, Interval]:
    """Every measure that some of the rows have a value of."""
    measured: dict[str, Interval] = {}
    for name, measure in MEASURES.items():
        found = _of_run(name, asked) if measure.of_run else interval(_values(name, asked))
        if found is not None and found.rows:
            measured[name] = found
    return measured


def _of_run(name: str, asked: Sequence[Asked]) -> Interval | None:
    if name.startswith("total_s_p"):
        share = int(name.rpartition("p")[2]) / 100
        return interval(_values("total_s", asked), statistic=lambda of: np.asarray(np.quantile(of, share, axis=-1)))
    sure = [one for one in asked if one.result.answer is not None and one.result.confidence is not None]
    if not sure:
        return None
    confidence = np.array([one.result.confidence for one in sure])
    if name == "risk_area":
        lost = np.array([loss(one.row, one.result) for one in sure])
        return _over_rows(len(sure), lambda at: risk_coverage(confidence[at], lost[at]).area)
    answerable = np.array([float(one.row.answerable) for one in sure])
    if answerable.min() == answerable.max():
        return None  # nothing to tell apart
    return _over_rows(len(sure), lambda at: auroc(confidence[at], answerable[at]))


def _over_rows(rows: int, of: Any) -> Interval:
    """Of what needs whole rows: the places of rows are what is resampled."""
    return interval(np.arange(rows), statistic=_statistic(of), resamples=_FEWER)


def _statistic(of: Any) -> Statistic:
    def over_last_axis(places: Floats) -> Floats:
        drawn = places.astype(np.intp)
        values = np.array([of(at) for at in drawn.reshape(-1, drawn.shape[-1])], dtype=np.float64)
        # A resample without rows of both kinds says nothing.
        known = values[~np.isnan(values)]
        middle = known.mean() if known.size else 0.0
        return np.where(np.isnan(values), middle, values).reshape(drawn.shape[:-1])

    return over_last_axis


def _values(name: str, asked: Iterable[Asked]) -> list[float]:
    return [value for one in asked if (value := one.measures.get(name)) is not None]


def _record(measures: Intervals) -> dict[str, Any]:
    return {name: vars(found) for name, found in measures.items()}


def _intervals(record: Mapping[str, Any]) -> dict[str, Interval]:
    return {name: Interval(**found) for name, found in record.items()}
