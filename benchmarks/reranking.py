"""Fits the weights that passages are ranked with, and writes them where the desk reads them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.retrieval.candidates import Candidates
from assistant.retrieval.reranker import (
    BY_WORDING,
    FEATURES,
    UNKNOWN,
    WEIGHTS,
    Floats,
    features,
    features_by_wording,
    features_of_unknown,
)

_PRIOR = 1e-3
"""Strength of the prior that a weight is 0 (in standard deviations of its feature), beside a mean loss a set."""

_TABLES = (
    ("in_words", FEATURES, features),
    ("by_wording", BY_WORDING, features_by_wording),
    ("unknown", UNKNOWN, features_of_unknown),
)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The candidates of a question, and which of them answer it."""

    candidates: Candidates
    right: NDArray[np.bool_]


def fit(sets: Sequence[Sequence[Judged]]) -> None:
    """Fit the weights to sets of questions, each set alike, and write them.

    First for order: those under which a right candidate is likeliest among all of its question. Then for
    probability: their scale and the constant by which the scores are log-odds of being right.
    """
    useful = [[each for each in some if each.right.any() and not each.right.all()] for some in sets]
    questions = [each for some in useful for each in some]
    of_question = np.concatenate([np.full(len(some), 1 / len(some) / len(useful)) for some in useful])
    right = np.concatenate([each.right for each in questions])
    question = np.repeat(np.arange(len(questions)), [len(each.right) for each in questions])
    text = "# Fitted by `python -m benchmarks.retrieval --fit`; what the features are: assistant/retrieval.\n"
    for table, names, of in _TABLES:
        held = np.concatenate([of(each.candidates) for each in questions])
        weights = _for_order(held, right, question, of_question)
        scale, constant = _for_probability(held @ weights, right, of_question[question])
        lines = {"constant": constant, **dict(zip(names, (scale * weights).tolist(), strict=True))}
        text += f"\n[{table}]\n" + "".join(f"{name} = {value:.3f}\n" for name, value in lines.items())
    WEIGHTS.write_text(text, encoding="utf-8")


def _for_order(held: Floats, right: NDArray[np.bool_], question: NDArray[np.int_], of_question: Floats) -> Floats:
    scale = held.std(0) + 1e-9
    standard, which, group = torch.tensor(held / scale), torch.tensor(right), torch.tensor(question)
    share = torch.tensor(of_question)

    def loss(weights: torch.Tensor) -> torch.Tensor:
        support = standard @ weights
        odds = torch.exp(support - support.max())
        zeros = torch.zeros(len(share), dtype=odds.dtype)
        chosen = zeros.index_add(0, group, odds * which) / zeros.index_add(0, group, odds)
        return -(share * torch.log(chosen + 1e-12)).sum() + _PRIOR * (weights**2).sum()

    return np.asarray(_minimised(loss, held.shape[1]) / scale)


def _for_probability(score: Floats, right: NDArray[np.bool_], share: Floats) -> tuple[float, float]:
    x, y, w = torch.tensor(score), torch.tensor(right.astype(float)), torch.tensor(share)

    def loss(line: torch.Tensor) -> torch.Tensor:
        each = torch.nn.functional.binary_cross_entropy_with_logits(line[0] * x + line[1], y, reduction="none")
        return (w * each).sum()

    scale, constant = _minimised(loss, 2).tolist()
    return scale, constant


def _minimised(loss: Callable[[torch.Tensor], torch.Tensor], size: int) -> Floats:
    weights = torch.zeros(size, dtype=torch.double, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=300, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss(weights)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return np.asarray(weights.detach().numpy())
