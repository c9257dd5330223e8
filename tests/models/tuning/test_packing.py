"""What is packed is learnt as it would be alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.engine import Engine
from models.gguf import read_gguf
from models.template import ChatTemplate
from models.tuning import Checkpoint, Recipe
from models.tuning.learner import Learner
from models.tuning.packing import Pack, pack, stacked
from models.tuning.rendering import Rendered, render
from tests.models.tuning.test_tuning import EXAMPLES

TOKENS = st.lists(st.integers(0, 2), min_size=2, max_size=8)


@st.composite
def rendered(draw: st.DrawFn) -> Rendered:
    tokens = draw(TOKENS)
    prompt = draw(st.integers(1, len(tokens) - 1))
    return Rendered(id=str(draw(st.integers())), tokens=tuple(tokens), prompt_tokens=prompt, weight=1.0)


@settings(deadline=None)  # the first one loads torch
@given(st.lists(rendered(), max_size=12), st.integers(4, 40), st.integers(0, 3))
def test_each_example_is_in_one_pack_whole_and_at_its_places(
    examples: list[Rendered], pack_tokens: int, seed: int
) -> None:
    packs = pack(examples, pack_tokens=pack_tokens, seed=seed)
    assert sum(each.examples for each in packs) == len(examples)
    seen = []
    for each in packs:
        assert len(each.tokens) <= pack_tokens or each.examples == 1
        for owner in range(1, each.examples + 1):
            own = [at for at, whose in enumerate(each.owners) if whose == owner]
            unit = each.units[own[0]]
            shared = [
                at for at, whose in enumerate(each.owners) if whose == 0 and each.units[at] == unit and at < own[0]
            ]
            places = [*shared, *own]
            assert [each.places[at] for at in places] == list(range(len(places)))
            mask = stacked([each]).mask
            if mask is not None:
                assert mask[0, 0, own[-1]].nonzero()[:, 0].tolist() == places
            prompt = sum(each.weights[at] == 0 for at in places)
            seen.append((tuple(each.tokens[at] for at in places), prompt))
    assert sorted(seen) == sorted((example.tokens, example.prompt_tokens) for example in examples)


def test_packed_losses_are_those_of_one_by_one(checkpoint: Checkpoint) -> None:
    learner = Learner(checkpoint.folder, Recipe(threads=1, device="cpu"))
    tokens = render(checkpoint.source, EXAMPLES, 512)
    packs = pack(tokens, pack_tokens=1024, seed=0)
    assert len(packs) == 1
    assert len(packs[0].tokens) < sum(len(each.tokens) for each in tokens) / 2
    alone = [packed for each in tokens for packed in pack([each], pack_tokens=1024, seed=0)]
    one_by_one = learner.loss(alone)
    assert learner.loss(packs) == pytest.approx(one_by_one, rel=1e-4)
    learner.tokens_at_once = 2048  # as on a card
    assert learner.loss([*packs, *alone[:2]]) == pytest.approx(
        (one_by_one * _learnt(packs) + learner.loss(alone[:2]) * _learnt(alone[:2])) / _learnt([*packs, *alone[:2]]),
        rel=1e-4,
    )


def _learnt(packs: Sequence[Pack]) -> float:
    return sum(sum(each.weights) for each in packs)


def test_the_prompt_is_what_the_model_is_given_when_it_serves(packaged_gguf: Path) -> None:
    info = read_gguf(packaged_gguf)
    engine = Engine(packaged_gguf, context_tokens=512, threads=1)
    template = ChatTemplate(info.chat_template, name="x", bos_token=info.bos_token, eos_token=info.eos_token)
    try:
        (first, *_) = render(packaged_gguf, EXAMPLES, 512)
        assert list(first.prompt) == engine.encode(template.segments(EXAMPLES[0].messages))
        assert b"".join(map(engine.piece, first.tokens[first.prompt_tokens :])).decode() == EXAMPLES[0].completion
        assert engine.ends(first.tokens[-1])
        assert not any(engine.ends(token) for token in first.tokens[first.prompt_tokens : -1])
    finally:
        template.close()
        engine.close()


def test_what_is_too_long_is_left_out(packaged_gguf: Path) -> None:
    lengths = [len(each.tokens) for each in render(packaged_gguf, EXAMPLES, 512)]
    assert len(lengths) == len(EXAMPLES)
    assert render(packaged_gguf, EXAMPLES, min(lengths) - 1) == []
