"""The loss: each question nearer to its own passage than to the other passages of the batch."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_SCALE = 20.0
"""What cosines are multiplied with: 1 over the temperature, as sentence-transformers has it."""

_MARGIN = 0.1
"""A passage counts as another right one when the guide holds it for less near than the right one by no more than this
share of how far the batch's other passages are below that: some models' cosines all lie close together."""


def guarded_loss(
    questions: "Tensor", passages: "Tensor", guide_questions: "Tensor", guide_passages: "Tensor"
) -> "Tensor":
    """Mean cross-entropy over the batch, both ways; all vectors of length 1, in rows.

    `passages` are those of the questions, in order, and after them any number of wrong ones. A passage that the guide
    (the model before it was fitted) holds for about as near to the question as the right one is, or for nearly the
    same as it, is no wrong answer: it is left out (GISTEmbed: Solatorio, 2024). What is learnt from are the
    multiple negatives of Henderson et al. (2017).
    """
    import torch

    n = len(questions)
    own = torch.eye(n, len(passages), dtype=torch.bool)
    guide = guide_questions @ guide_passages.T
    alike = guide_passages[:n] @ guide_passages.T
    unsure = (_about_right(guide, own) | _about_right(alike, own)) & ~own
    scores = (_SCALE * questions @ passages.T).masked_fill(unsure, float("-inf"))
    target = torch.arange(n)
    there = torch.nn.functional.cross_entropy(scores, target)
    back = torch.nn.functional.cross_entropy(scores[:, :n].T, target)
    return (there + back) / 2


def _about_right(cosines: "Tensor", own: "Tensor") -> "Tensor":
    """Which cosines of a row are about as high as its own passage's, in a matrix of the same shape."""
    right = cosines[own][:, None]
    others = cosines.masked_fill(own, 0).sum(dim=1, keepdim=True) / max(1, cosines.shape[1] - 1)
    about = right - _MARGIN * (right - others)
    return cosines >= about - 1e-6
