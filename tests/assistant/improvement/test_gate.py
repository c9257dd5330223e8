"""What the gate makes of what models answered; the answers themselves are told beforehand."""

from collections.abc import Iterator, Mapping
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.data_sets.rows import Row
from assistant.evaluation.evaluation import Evaluation
from assistant.evaluation.results import Result
from assistant.evaluation.running import Plan
from assistant.evaluation.summaries import Asked
from assistant.events import Finished, Timings, Tokens, TurnEvent
from assistant.improvement.criteria import ANSWERING, SUMMARISING, Criteria
from assistant.improvement.errors import ImprovementError
from assistant.improvement.gate import Contest, Gate, Set
from assistant.prompts import QUOTE
from assistant.registry.verdict import Verdict

NEW, OLD = "new", "old"
HELD_OUT, GOLDEN = "held out", "golden"
USUAL = {
    "answer_f1": 0.5,
    "decision_accuracy": 1.0,
    "groundedness": 1.0,
    "summary_rouge_l": 0.3,
    "summary_support": 1.0,
}


class _Told:
    """An evaluation whose measures are known, by set and model: a dictionary of every row, or of row by row."""

    def __init__(self, measures: Mapping[tuple[str, str], Any]) -> None:
        self._measures = measures
        self._plans: dict[str, Plan] = {}

    def evaluate(self, plan: Plan, **_: object) -> SimpleNamespace:
        key = f"{plan.data_set} {plan.label}"
        self._plans[key] = plan
        return SimpleNamespace(id=key, state="done")

    def asked(self, run: str) -> list[Asked]:
        plan = self._plans[run]
        told = self._measures.get((plan.data_set.removesuffix(" (gate)"), plan.choices.model or QUOTE), USUAL)
        rows = told if isinstance(told, list) else [told] * len(plan.rows)
        return [
            Asked(row=row, result=Result(searched=row.question, passages=(), answer="It is so."), measures=USUAL | one)
            for row, one in zip(plan.rows, rows, strict=True)
        ]


def _rows(of: str, count: int) -> list[Row]:
    return [Row(id=f"{of} {at}", question=f"What is {at}?", answers=("It",)) for at in range(count)]


def _judge(
    measures: Mapping[tuple[str, str], Any],
    *,
    rows: int = 20,
    seconds: Mapping[str, float] | None = None,
    criteria: Criteria = ANSWERING,
    incumbent: str = OLD,
) -> Verdict:
    def ask(question: str, *, choices: Any, **_: object) -> Iterator[TurnEvent]:
        took = (seconds or {}).get(choices.model, 1.0)
        yield Finished(
            answer="", citations=(), abstained=False, stopped_by=None, error=None, draft=True, backend="local",
            model=choices.model, prompt="direct", trace_id="t", tokens=Tokens(),
            timings=Timings(retrieve_s=0, quote_s=0, first_token_s=None, total_s=took),
        )  # fmt: skip

    contest = Contest(
        candidate=NEW,
        sha256="0" * 64,
        incumbent=incumbent,
        base=OLD,
        prompt="direct",
        sets=[
            Set(name=HELD_OUT, rows=_rows(HELD_OUT, rows), is_target=True),
            Set(name=GOLDEN, rows=_rows(GOLDEN, rows)),
        ],
        attacks=(),
        criteria=criteria,
    )
    gate = Gate(evaluation=cast("Evaluation", _Told(measures)), ask=cast("Any", ask))
    return gate.judge(contest, tell=lambda _: None, stop=Event())


def _missed(verdict: Verdict) -> str:
    return " ".join(reason.says for reason in verdict.reasons if not reason.passed)


BETTER = {(HELD_OUT, NEW): {"answer_f1": 0.8}}


def test_better_on_what_it_learnt_and_no_worse_elsewhere_it_passes() -> None:
    verdict = _judge(BETTER)
    assert verdict.accepted, verdict.says
    assert "answers better than “old” (held out: answer F1 0.50 → 0.80" in verdict.says
    assert verdict.beats_quote


@pytest.mark.parametrize(
    ("measures", "says"),
    [
        ({}, "It answers no better than “old”"),
        ({(HELD_OUT, NEW): {"answer_f1": 0.4}}, "It answers no better than “old”"),
        (BETTER | {(GOLDEN, NEW): {"answer_f1": 0.44}}, "On “golden” it loses to “old” (answer F1 0.50 → 0.44"),
        (BETTER | {(GOLDEN, NEW): {"decision_accuracy": 0.8}}, "On “golden” it loses to “old” (right decisions"),
        ({(HELD_OUT, NEW): {"answer_f1": 0.8, "groundedness": 0.4}}, "On “held out” it loses to “old” (groundedness"),
        ({(of, model): {"groundedness": 0.2, "answer_f1": 0.8 if model == NEW else 0.5}
          for of in (HELD_OUT, GOLDEN) for model in (NEW, OLD)}, "bear out 20% of what it says: 50% are the least"),
    ],
)  # fmt: skip
def test_what_speaks_against_it_is_said(measures: Mapping[tuple[str, str], Any], says: str) -> None:
    verdict = _judge(measures)
    assert not verdict.accepted
    assert says in _missed(verdict)


def test_lucky_and_unlucky_rows_do_not_pass() -> None:
    """Half of the rows far better, half far worse: better on average, and it may as well be worse."""
    torn = [{"answer_f1": 1.0}] * 11 + [{"answer_f1": 0.02}] * 9
    assert "It may answer no better than “old”" in _missed(_judge({(HELD_OUT, NEW): torn}))


@given(rows=st.integers(8, 90), lost=st.integers(0, 4))
def test_one_row_decides_nothing_and_several_are_held_against_the_margin(rows: int, lost: int) -> None:
    decided = [{"decision_accuracy": 0.0}] * lost + [{}] * (rows - lost)
    verdict = _judge(BETTER | {(GOLDEN, NEW): decided}, rows=rows)
    assert ("On “golden” it loses" in _missed(verdict)) is (lost > 1 and lost / rows > 0.05)


def test_slowness_is_measured_beside_the_other() -> None:
    assert _judge(BETTER, seconds={NEW: 1.9, OLD: 1.0}).accepted
    assert "An answer takes 2.1 s" in _missed(_judge(BETTER, seconds={NEW: 2.1, OLD: 1.0}))


def test_on_few_rows_nothing_is_decided() -> None:
    assert "8 are the least to judge by" in _missed(_judge(BETTER, rows=7))
    with pytest.raises(ImprovementError, match="no held-out rows"):
        _judge(BETTER, rows=0)


GOOD = {"summary_rouge_l": 0.5, "summary_support": 0.9}


@pytest.mark.parametrize(
    ("new", "others", "says"),
    [
        (GOOD, {}, None),
        ({"summary_rouge_l": 0.5, "summary_support": 0.5}, {}, "bear out 75% of what it says: 80% are the least"),
        (GOOD, {(HELD_OUT, QUOTE): {"summary_rouge_l": 0.6}}, "It summarises no better than “quote”"),
        (GOOD, {(HELD_OUT, OLD): {"summary_rouge_l": 0.6}}, "It summarises no better than “old”"),
        (GOOD, {(GOLDEN, QUOTE): {"summary_rouge_l": 0.4}}, "On “golden” it loses to “quote” (summary ROUGE-L"),
        ({"answer_f1": 0.9}, {}, "It summarises no better than “old”"),
    ],
)
def test_a_summariser_is_held_against_the_best_sentences_too_by_measures_of_its_own(
    new: Mapping[str, float], others: Mapping[tuple[str, str], Any], says: str | None
) -> None:
    held = {(HELD_OUT, OLD): {"summary_support": 0.9}}
    verdict = _judge({**held, (HELD_OUT, NEW): new, **others}, criteria=SUMMARISING, incumbent=QUOTE)
    assert verdict.accepted is (says is None), verdict.says
    assert (says or "") in _missed(verdict)
    assert verdict.incumbent == QUOTE
    assert set(verdict.scores[HELD_OUT][NEW]) == {"summary_rouge_l", "summary_support", "summary_s", "rows"}
    if verdict.accepted:
        assert verdict.beats_quote
