"""What lies in a checkpoint and in a GGUF file computes the same."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.gguf import read_gguf
from models.tuning import Agreement, Checkpoint, TuningError, adapter_to_gguf, agreement, restore, to_gguf
from models.tuning.layout import Layout
from tests.models.tuning.conftest import MakeTiny

TEXTS = [
    "The reading room is open from 9.30 to 17.00 on weekdays. On Thursdays it stays open until 20.00.",
    "<|im_start|>user\nWhat does it cost to join?<|im_end|>\n<|im_start|>assistant\nNothing [1].<|im_end|>",
]


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_a_model_goes_there_and_back(architecture: str, make_tiny: MakeTiny, tmp_path: Path) -> None:
    source = make_tiny(architecture)
    checkpoint = restore(source, tmp_path / "cache")
    assert_same(agreement(checkpoint, source, TEXTS))

    back = to_gguf(checkpoint, tmp_path / "back.gguf", name="Back again")

    assert_same(agreement(checkpoint, back, TEXTS))
    before, after = read_gguf(source), read_gguf(back)
    assert (after.name, after.quantisation) == ("Back again", "F16")
    assert (after.chat_template, after.context_tokens) == (before.chat_template, before.context_tokens)
    assert (after.bos_token, after.eos_token, after.parameters) == (
        before.bos_token,
        before.eos_token,
        before.parameters,
    )


def assert_same(agreed: Agreement) -> None:
    """But for a near tie, of which weights by chance give some."""
    assert agreed.tokens > 50
    assert agreed.top_1 > 0.97
    assert agreed.kl < 1e-4


def test_rows_in_the_wrong_order_are_seen(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Layout, "to_gguf", lambda self, name, weights: weights)
    assert agreement(checkpoint, to_gguf(checkpoint, tmp_path / "wrong.gguf"), TEXTS).top_1 < 0.9


@given(heads=st.integers(1, 6), half=st.integers(1, 8), columns=st.integers(1, 4))
def test_the_order_of_rows_is_turned_back(heads: int, half: int, columns: int) -> None:
    layout = Layout(architecture="llama", heads=heads, key_heads=1)
    name = "model.layers.0.self_attn.q_proj.weight"
    weights = np.arange(heads * 2 * half * columns, dtype=np.float32).reshape(-1, columns)
    assert np.array_equal(layout.to_checkpoint(name, layout.to_gguf(name, weights)), weights)


def test_a_checkpoint_is_made_once(tiny: Path, tmp_path: Path) -> None:
    first = restore(tiny, tmp_path)
    made = (first.folder / "model.safetensors").stat().st_mtime_ns
    assert restore(tiny, tmp_path) == first
    assert (first.folder / "model.safetensors").stat().st_mtime_ns == made


@pytest.mark.parametrize(
    ("architecture", "metadata", "reason"),
    [
        ("mamba", {}, "of the architecture mamba, which cannot be trained here: llama, qwen2 and qwen3 can"),
        ("llama", {"llama.rope.scaling.type": "yarn"}, r"stretches its context \(yarn\)"),
    ],
)
def test_what_cannot_be_trained_is_said(
    architecture: str, metadata: dict[str, str], reason: str, make_tiny: MakeTiny, tmp_path: Path
) -> None:
    with pytest.raises(TuningError, match=reason):
        restore(make_tiny(architecture, name="other", metadata=metadata), tmp_path / "cache")
    assert list((tmp_path / "cache").glob("*")) == []


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"no model")
    with pytest.raises(TuningError, match=r"“x\.gguf” is not a GGUF model"):
        restore(tmp_path / "x.gguf", tmp_path)
    with pytest.raises(TuningError, match="no adapter that was trained here"):
        adapter_to_gguf(tmp_path, tmp_path / "x.gguf", tmp_path / "a.gguf")
