"""Whether a model's answer is that there is none: what it holds likely, and how sure the desk is, taken together.

A small model says so too readily of passages that answer, and too seldom of passages that do not; the desk's calibrated
confidence knows better, and both together know most. docs/default-model.md has the figures.
"""

from math import log

from models.backend import Opening

NOT_IN_DOCUMENTS = "Not in the documents."

_LEAST = 0.01
"""Nearer to 0 or 1 no confidence counts."""


def abstention(confidence: float) -> Opening:
    """How a model on this machine is to begin where the desk holds an answer for so likely, from 0 to 1."""
    sure = min(max(confidence, _LEAST), 1 - _LEAST)
    return Opening(text=NOT_IN_DOCUMENTS, bias=-log(sure / (1 - sure)))


def abstains(answer: str) -> bool:
    """Whether an answer says that there is none."""
    return answer.strip().lower().startswith(NOT_IN_DOCUMENTS.lower().rstrip("."))
