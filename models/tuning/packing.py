"""Examples packed so that what they have in common, such as the same passages, is computed once.

A pack is one sequence. In it each example sees its own tokens and the prefix it shares, at the places that they would
have alone, so that its loss is what it would be alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from models.tuning.rendering import Rendered

if TYPE_CHECKING:
    from torch import Tensor

_LEAST_SHARED = 0.5
"""Of a prompt that must be shared with its neighbour's: the system's message alone is not worth it."""


@dataclass(frozen=True, kw_only=True)
class Pack:
    """Some examples in one sequence of n tokens; every list is of length n."""

    tokens: list[int]
    places: list[int]
    """Of each token in its own example, from 0."""
    units: list[int]
    """Examples of the same unit share a prefix; nothing is seen across units."""
    owners: list[int]
    """0 for a shared prefix, else which example of the pack a token belongs to, from 1."""
    weights: list[float]
    """What the guess at each token counts; 0 for prompts."""
    examples: int


class Stack(NamedTuple):
    """Packs side by side, as a model computes them; m packs, filled up to the n tokens of the longest."""

    tokens: "Tensor"
    """(m, n)"""
    places: "Tensor"
    """(m, n)"""
    weights: "Tensor"
    """(m, n)"""
    mask: "Tensor | None"
    """(m, 1, n, n): which earlier tokens each token sees; None where it sees all of them."""


def stacked(packs: Sequence[Pack], device: str = "cpu") -> Stack:
    """The packs side by side on a device. What fills one up sees, and is seen by, nothing but what fills it up."""
    import torch

    longest = max(len(each.tokens) for each in packs)

    def filled(rows: Sequence[Sequence[float]], filling: int) -> "Tensor":
        return torch.tensor([[*row, *[filling] * (longest - len(row))] for row in rows], device=device)

    mask = None
    if len(packs) > 1 or packs[0].examples > 1:
        unit, owner = filled([each.units for each in packs], -1), filled([each.owners for each in packs], 0)
        mask = (owner[:, None, :] == 0) | (owner[:, None, :] == owner[:, :, None])
        mask &= unit[:, None, :] == unit[:, :, None]
        mask = mask.tril()[:, None]
    return Stack(
        tokens=filled([each.tokens for each in packs], 0),
        places=filled([each.places for each in packs], 0),
        weights=filled([each.weights for each in packs], 0).float(),
        mask=mask,
    )


def pack(rendered: Sequence[Rendered], *, pack_tokens: int, seed: int) -> list[Pack]:
    """All examples in packs of at most `pack_tokens` tokens (one that is longer is alone), in an order by `seed`."""
    units = list(_units(rendered, pack_tokens))
    order = np.random.default_rng(seed).permutation(len(units))
    packs: list[list[list[Rendered]]] = []
    room = 0
    for at in order:
        unit = units[int(at)]
        size = _size(unit)
        if size > room:
            packs.append([])
            room = pack_tokens
        packs[-1].append(unit)
        room -= size
    return [_packed(units) for units in packs]


def _units(rendered: Sequence[Rendered], pack_tokens: int) -> Iterator[list[Rendered]]:
    """Examples whose prompts begin alike, together."""
    unit: list[Rendered] = []
    for example in sorted(rendered, key=lambda each: (each.tokens, each.id)):
        if unit:
            shared = _shared([unit[0], unit[-1], example])
            enough = shared >= _LEAST_SHARED * max(unit[0].prompt_tokens, example.prompt_tokens)
            if not enough or _size([*unit, example]) > pack_tokens:
                yield unit
                unit = []
        unit.append(example)
    if unit:
        yield unit


def _shared(unit: Sequence[Rendered]) -> int:
    """Tokens that all prompts begin with; the last of a prompt is its own, as its answer is guessed from there."""
    if len(unit) == 1:
        return 0
    columns = zip(*(each.prompt[:-1] for each in unit), strict=False)
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))


def _size(unit: Sequence[Rendered]) -> int:
    shared = _shared(unit)
    return shared + sum(len(each.tokens) - shared for each in unit)


def _packed(units: Sequence[Sequence[Rendered]]) -> Pack:
    packed = Pack(tokens=[], places=[], units=[], owners=[], weights=[], examples=sum(map(len, units)))
    owner = 0
    for number, unit in enumerate(units):
        shared = _shared(unit)
        _add(packed, unit[0].tokens[:shared], place=0, unit=number, owner=0, weights=[0.0] * shared)
        for example in unit:
            owner += 1
            learnt = len(example.tokens) - example.prompt_tokens
            weights = [0.0] * (example.prompt_tokens - shared) + [example.weight] * learnt
            _add(packed, example.tokens[shared:], place=shared, unit=number, owner=owner, weights=weights)
    return packed


def _add(packed: Pack, tokens: Sequence[int], *, place: int, unit: int, owner: int, weights: list[float]) -> None:
    packed.tokens.extend(tokens)
    packed.places.extend(range(place, place + len(tokens)))
    packed.units.extend([unit] * len(tokens))
    packed.owners.extend([owner] * len(tokens))
    packed.weights.extend(weights)
