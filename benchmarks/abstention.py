"""Fit the confidence that there is an answer, and say how it does: `python -m benchmarks.abstention`.

Needs REFDESK_DATA, a folder of data sets. A question counts as answered rightly when it has an answer and the
best-supported sentence holds it (a long answer: stands in its document). Questions without an answer are those that
people wrote as such, those of other collections, and answerable ones whose passages that hold the answer are taken
out of what was found ("removed"). The weights are fitted to SQuAD 2.0 (half of its dev set), QED and COVID-QA, and
checked on the rest. `--fit` fits them anew and prints them as they stand in assistant/quoting/confidence.py.

A desk in the folder that `--home` names is made once and used again; `--kept` names a file for what was found out
about each question, which takes minutes, so that the next run takes seconds.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray

from assistant.desk import Desk
from assistant.evaluation.decisions import auroc, risk_coverage
from assistant.quoting import DOUBTFUL
from assistant.quoting.confidence import CONFIDENCE
from assistant.settings import Settings
from benchmarks.asked import CHECK, FIT, STRAYED, Asked, all_asked

Floats = NDArray[np.float64]

_WITHOUT = {"as asked": 1.0, "removed": 0.6, "strayed": 0.5}
"""How much the questions of a kind and a set that have no answer count in the fit; those that have one count as much
as all of these together."""
_EACH = 500.0
"""What a set's questions as asked weigh, in questions."""
_PRIOR = 3.0
"""Strength, in questions, of the prior that a weight is 0 (in standard deviations of its sign)."""
_ENOUGH_ON_TOPIC = 0.5
_RESAMPLES = 1000


def main(
    home: Annotated[Path | None, typer.Option(help="A folder to make the desk in and keep it.")] = None,
    kept: Annotated[Path | None, typer.Option(help="A file to keep what was found out in.")] = None,
    fit: Annotated[bool, typer.Option(help="Fit the weights anew.")] = False,
) -> None:
    """Run it."""
    if kept is not None and kept.exists():
        asked = [Asked(**row) for row in json.loads(kept.read_text(encoding="utf-8"))]
    else:
        with tempfile.TemporaryDirectory() as temporary, Desk(Settings(home=home or Path(temporary))) as desk:
            asked = list(all_asked(desk, Path(os.environ["REFDESK_DATA"])))
        if kept is not None:
            kept.write_text(json.dumps([asdict(each) for each in asked]), encoding="utf-8")
    weights = np.array([*CONFIDENCE.values()])
    if fit:
        weights = fitted(asked)
        print("Weights:", dict(zip(CONFIDENCE, weights.round(2).tolist(), strict=True)), "\n")
    report_order(asked, weights)
    report_decisions(asked, weights)
    report_calibration(asked, weights)


def fitted(asked: Iterable[Asked]) -> Floats:
    """The weights of a logistic regression on the sets that are fitted to."""
    groups: dict[tuple[str, str, bool], list[Asked]] = {}
    for each in asked:
        if each.set in FIT or STRAYED.get(each.set):
            groups.setdefault((each.set, each.kind, each.answerable), []).append(each)
    rows = [each for some in groups.values() for each in some]
    answerable = np.array([float(each.answerable) for each in rows])
    weight = np.array(
        [
            _EACH
            * (1.0 if each.answerable else _WITHOUT[each.kind])
            / len(groups[each.set, each.kind, each.answerable])
            for each in rows
        ]
    )
    weight[answerable == 1] *= weight[answerable == 0].sum() / weight[answerable == 1].sum()
    return _regression(np.array([each.signs for each in rows]), answerable, weight)


def report_order(asked: Sequence[Asked], weights: Floats) -> None:
    """Print how well questions with an answer are told from those without, by each of three scores."""
    print(f"{'AUROC, AURC':44} {'n':>5}  nearest       on topic      confidence    AURC less nearest’s  Brier")
    for name, some in _with_and_without(asked).items():
        answerable, loss = np.array([each.answerable for each in some]), np.array([not each.right for each in some])
        nearest, sure = np.array([each.nearest for each in some]), _sure(some, weights)
        scores = [nearest, np.array([each.on_topic for each in some]), sure]
        figures = [f"{auroc(score, answerable):.3f} {risk_coverage(score, loss).area:.3f}" for score in scores]
        low, high = _difference(sure, nearest, loss)
        brier = np.mean((sure - answerable) ** 2)
        print(f"{name:44} {len(some):5}  {'   '.join(figures)}   {low:+.3f} to {high:+.3f}    {brier:.3f}")


def report_decisions(asked: Sequence[Asked], weights: Floats) -> None:
    """Print how often "Not in the documents" is said, and how often that they may not answer."""
    print(f"\n{'':44} {'n':>5}  refused  doubted")
    groups: dict[str, list[Asked]] = {}
    for each in sorted(asked, key=lambda each: not each.answerable):
        groups.setdefault(f"{each.set}, " + ("with an answer" if each.answerable else each.kind), []).append(each)
    for name, some in groups.items():
        refused = np.array([each.on_topic < _ENOUGH_ON_TOPIC for each in some])
        doubted = ~refused & (_sure(some, weights) < DOUBTFUL)
        print(f"{name:44} {len(some):5}  {refused.mean():7.1%}  {doubted.mean():7.1%}")


def report_calibration(asked: Sequence[Asked], weights: Floats) -> None:
    """Print how many of the checked questions have an answer, by the confidence that they do."""
    print("\nconfidence      n  have an answer (checked sets)")
    checked = [each for each in asked if each.set in CHECK]
    sure, answerable = _sure(checked, weights), np.array([each.answerable for each in checked])
    for tenth in range(10):
        inside = np.minimum(np.floor(sure * 10), 9) == tenth
        print(f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}  {inside.sum():5}  {answerable[inside].mean():.0%}")


def _with_and_without(asked: Iterable[Asked]) -> dict[str, list[Asked]]:
    """Of each set: its questions as people asked them; and those with an answer beside those that lost theirs."""
    groups: dict[str, list[Asked]] = {}
    for each in asked:
        if each.kind == "as asked":
            groups.setdefault(each.set, []).append(each)
        if each.kind == "removed" or (each.kind == "as asked" and each.answerable):
            groups.setdefault(f"{each.set}, removed", []).append(each)
    return {name: some for name, some in groups.items() if not all(each.answerable for each in some)}


def _sure(asked: Sequence[Asked], weights: Floats) -> Floats:
    log_odds = np.array([each.signs for each in asked]) @ weights
    sure: Floats = 1 / (1 + np.exp(-log_odds))
    return sure


def _difference(one: Floats, other: Floats, loss: NDArray[np.bool_]) -> tuple[float, float]:
    """The paired bootstrap's interval of 95 % of the first's area under the curve less the second's."""
    random = np.random.default_rng(0)
    areas = []
    for _ in range(_RESAMPLES):
        drawn = random.integers(len(loss), size=len(loss))
        areas.append(risk_coverage(one[drawn], loss[drawn]).area - risk_coverage(other[drawn], loss[drawn]).area)
    low, high = np.quantile(areas, [0.025, 0.975])
    return float(low), float(high)


def _regression(signs: Floats, answerable: Floats, weight: Floats) -> Floats:
    scale = signs.std(0)
    scale[0] = 1.0  # the constant
    scaled, wanted, counts = map(torch.tensor, (signs / scale, answerable, weight))
    weights = torch.zeros(len(scale), dtype=torch.double, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=300, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            scaled @ weights, wanted, weight=counts, reduction="sum"
        )
        value: torch.Tensor = loss + _PRIOR * (weights[1:] ** 2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    found: Floats = weights.detach().numpy() / scale
    return found


if __name__ == "__main__":
    typer.run(main)
