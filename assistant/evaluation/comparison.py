"""Two runs side by side: each measure with what chance makes of its difference, and the rows that changed, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.evaluation.measures import MEASURES, Measure, Values
from assistant.evaluation.measuring import bare_answer
from assistant.evaluation.ranking import Level, rank
from assistant.evaluation.statistics import Comparison, compare
from assistant.evaluation.summaries import Asked

_WEIGHTS = {
    "decision_accuracy": 1.0,
    "gives_gold": 1.0,
    "answer_f1": 0.5,
    "groundedness": 0.5,
    "summary_rouge_l": 1.0,
    "summary_support": 0.5,
}
"""What makes a row a changed one, with how much it counts; where it finds its sources counts 1."""

_SEEN = 0.005
"""A smaller change of a measure is none that people want to hear of."""


@dataclass(frozen=True, kw_only=True)
class Gain:
    """A measure of two runs, over the rows that have a value in both."""

    measure: Measure
    first: float
    """Its mean."""
    second: float
    comparison: Comparison
    """Of second minus first, whichever direction is the better one."""

    @property
    def is_better(self) -> bool | None:
        """Whether the second is better; None where chance may be the reason."""
        if not self.comparison.is_significant:
            return None
        return (self.comparison.difference.value < 0) == self.measure.lower_is_better

    @property
    def better(self) -> int:
        """Rows on which the second is better."""
        return self.comparison.worse if self.measure.lower_is_better else self.comparison.better

    @property
    def worse(self) -> int:
        """Rows on which it is worse."""
        return self.comparison.better if self.measure.lower_is_better else self.comparison.worse

    @property
    def chance(self) -> str:
        """How often chance alone gives as much, as people write it."""
        return f"p = {self.comparison.p:.3f}" if self.comparison.p >= 0.001 else "p < 0.001"

    @property
    def statement(self) -> str:
        """One sentence for people."""
        change = self.comparison.difference
        verdict = {True: "the second is better", False: "the second is worse", None: "no difference is shown"}
        rows = f"{change.rows} row{'' if change.rows == 1 else 's'}"
        return (
            f"{self.measure.label}: {verdict[self.is_better]}, {self.first:.3f} → {self.second:.3f},"
            f" {change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}] on {rows}:"
            f" {self.better} better, {self.worse} worse; {self.chance}."
        )


@dataclass(frozen=True, kw_only=True)
class Change:
    """A row that came out differently."""

    first: Asked
    second: Asked
    gain: float
    """What the row is better by: -1 to 1."""
    reasons: tuple[str, ...]
    """Each a short phrase."""


@dataclass(frozen=True, kw_only=True)
class RunComparison:
    """What the second of two runs gained over the first."""

    gains: Mapping[str, Gain]
    """By the measure's name; those that no common row has a value of are left out."""
    changes: tuple[Change, ...]
    """Rows that changed for better or worse, those that changed most first."""
    common: int
    """Rows that both runs have."""
    only_first: int
    only_second: int


def compare_runs(first: Sequence[Asked], second: Sequence[Asked]) -> RunComparison:
    """Compare two runs by the rows, by id, that both have and that ask the same."""
    a, b = ({one.row.id: one for one in run} for run in (first, second))
    common = [row_id for row_id in a if row_id in b and a[row_id].row.question == b[row_id].row.question]
    changes = [_change(a[row_id], b[row_id]) for row_id in common]
    return RunComparison(
        gains=_gains([a[row_id] for row_id in common], [b[row_id] for row_id in common]),
        changes=tuple(sorted((one for one in changes if one.gain or one.reasons), key=lambda one: -abs(one.gain))),
        common=len(common),
        only_first=len(a) - len(common),
        only_second=len(b) - len(common),
    )


def _gains(first: Sequence[Asked], second: Sequence[Asked]) -> dict[str, Gain]:
    gains = {}
    for name, measure in MEASURES.items():
        a, b = _values(name, first), _values(name, second)
        both = a.keys() & b.keys()
        if both:
            gains[name] = Gain(
                measure=measure,
                first=sum(a[row_id] for row_id in both) / len(both),
                second=sum(b[row_id] for row_id in both) / len(both),
                comparison=compare(a, b),
            )
    return gains


def _values(name: str, asked: Sequence[Asked]) -> dict[str, float]:
    return {one.row.id: value for one in asked if (value := one.measures.get(name)) is not None}


def _change(first: Asked, second: Asked) -> Change:
    weights = {**_WEIGHTS, f"{_level(first)}_ndcg_10": 1.0}
    known = {
        name: weight
        for name, weight in weights.items()
        if first.measures.get(name) is not None and second.measures.get(name) is not None
    }
    gain = sum(weight * _difference(name, first.measures, second.measures) for name, weight in known.items())
    return Change(
        first=first,
        second=second,
        gain=round(gain / sum(known.values()), 6) if known else 0.0,
        reasons=tuple(_reasons(first, second)),
    )


def _level(asked: Asked) -> Level:
    """The finest at which the row says where its answer stands."""
    return "quote" if any(source.quote for source in asked.row.sources) else "document"


def _difference(name: str, first: Values, second: Values) -> float:
    return (second.get(name) or 0.0) - (first.get(name) or 0.0)


def _reasons(first: Asked, second: Asked) -> Iterator[str]:
    a, b = first.result, second.result
    if a.searched != b.searched:
        yield f"searched for “{b.searched}” instead of “{a.searched}”"
    ranks = _first_rank(first), _first_rank(second)
    if ranks[0] != ranks[1]:
        yield f"the source came {_place(ranks[0])}, now {_place(ranks[1])}"
    if a.stop_reason != b.stop_reason:
        yield f"stopped by “{b.stopped_by}”" if b.stop_reason else f"no longer stopped by “{a.stopped_by}”"
    if b.error != a.error:
        yield f"the model failed: {b.error}" if b.error else "the model no longer failed"
    if a.abstained != b.abstained:
        yield "not answered any more" if b.abstained else "answered now"
    elif bare_answer(a) != bare_answer(b):
        yield from _scores(first.measures, second.measures)


def _scores(first: Values, second: Values) -> Iterator[str]:
    """Of two different answers."""
    if first.get("gives_gold") != second.get("gives_gold") and None not in (
        first.get("gives_gold"),
        second.get("gives_gold"),
    ):
        yield "gives the answer now" if second.get("gives_gold") else "does not give the answer any more"
    for name in ("answer_f1", "groundedness", "source_recall", "summary_rouge_l", "summary_support"):
        if abs(_difference(name, first, second)) > _SEEN and None not in (first.get(name), second.get(name)):
            yield f"{MEASURES[name].label} {first[name]:.2f} → {second[name]:.2f}"


def _first_rank(asked: Asked) -> int | None:
    if not asked.row.sources or asked.row.is_summary:
        return None
    held = rank(asked.result.passages, asked.row.sources, _level(asked)).held
    return next((place for place, sources in enumerate(held, start=1) if sources), None)


def _place(rank_: int | None) -> str:
    return "nowhere" if rank_ is None else f"at {rank_}"
