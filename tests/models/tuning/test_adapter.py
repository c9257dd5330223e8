"""An adapter computes the same laid over a model's file, added to its weights, and added to its checkpoint."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from models.engine import Engine, EngineError
from models.gguf import read_gguf
from models.tuning import Checkpoint, TuningError, adapter_to_gguf, agreement, merge, merge_gguf, restore
from models.tuning.adapter import read_adapter, read_adapter_gguf
from models.tuning.checkpoint import read_weights
from tests.models.tuning.test_conversion import TEXTS

RANK = 4


@pytest.fixture(scope="module")
def adapter(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As peft writes it; large enough to change what the model says."""
    folder, chance = tmp_path_factory.mktemp("adapter"), np.random.default_rng(0)
    weights = {}
    for name, held in read_weights(checkpoint.folder):
        if ".self_attn." in name or ".mlp." in name:
            stem = f"base_model.model.{name.removesuffix('.weight')}"
            out, width = held.shape
            weights[f"{stem}.lora_A.weight"] = chance.normal(size=(RANK, width)).astype(np.float32) / width**0.5
            weights[f"{stem}.lora_B.weight"] = chance.normal(size=(out, RANK)).astype(np.float32) / RANK
    save_file(weights, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"r": RANK, "lora_alpha": 2 * RANK}))
    return folder


def test_laid_over_the_file_and_merged_compute_the_same(
    adapter: Path, checkpoint: Checkpoint, tiny: Path, tmp_path: Path
) -> None:
    over = adapter_to_gguf(adapter, tiny, tmp_path / "adapter.gguf")
    merged = merge(checkpoint, adapter, tmp_path / "merged")

    laid_over = agreement(merged, tiny, TEXTS, adapter=over)

    assert laid_over.top_1 > 0.97
    assert laid_over.kl < 1e-3
    assert agreement(merged, tiny, TEXTS).kl > 10 * laid_over.kl  # it does change something


def test_a_share_of_it_and_another_become_one_adapter(
    adapter: Path, checkpoint: Checkpoint, tiny: Path, tmp_path: Path
) -> None:
    beside = adapter_to_gguf(adapter, tiny, tmp_path / "beside.gguf", strength=0.5)
    began_with = restore(tiny, tmp_path / "cache", adapter=beside)
    merged = merge(began_with, adapter, tmp_path / "merged", strength=0.4)

    both = adapter_to_gguf(adapter, tiny, tmp_path / "both.gguf", strength=0.4, beside=beside)

    laid_over = agreement(merged, tiny, TEXTS, adapter=both)
    assert laid_over.top_1 > 0.97
    assert laid_over.kl < 1e-3
    assert agreement(merged, tiny, TEXTS, adapter=beside).kl > 10 * laid_over.kl


def test_written_into_the_file_it_computes_the_same_and_the_file_says_all_else(
    adapter: Path, checkpoint: Checkpoint, tiny: Path, tmp_path: Path
) -> None:
    over = adapter_to_gguf(adapter, tiny, tmp_path / "adapter.gguf")
    merged = merge(checkpoint, adapter, tmp_path / "merged")

    one_file = merge_gguf(tiny, over, tmp_path / "one.gguf")

    written_in = agreement(merged, one_file, TEXTS)
    assert written_in.top_1 > 0.95
    assert written_in.kl < 5e-3
    assert agreement(merged, tiny, TEXTS).kl > 10 * written_in.kl
    before, after = read_gguf(tiny), read_gguf(one_file)
    assert after == replace(before, quantisation="Q8_0")


def test_a_checkpoint_with_it_has_the_weights_of_the_merged_one(
    adapter: Path, checkpoint: Checkpoint, tiny: Path, tmp_path: Path
) -> None:
    over = adapter_to_gguf(adapter, tiny, tmp_path / "adapter.gguf")
    merged = dict(read_weights(merge(checkpoint, adapter, tmp_path / "merged").folder))

    restored = restore(tiny, tmp_path / "cache", adapter=over)

    assert restored.sha256 != checkpoint.sha256
    weights = dict(read_weights(restored.folder))
    assert weights.keys() == merged.keys()
    for name, held in weights.items():
        np.testing.assert_allclose(held, merged[name], atol=5e-3)


def test_a_share_of_what_was_learnt_lies_on_the_way_to_all_of_it(
    adapter: Path, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    before = dict(read_weights(checkpoint.folder))
    whole = dict(read_weights(merge(checkpoint, adapter, tmp_path / "whole").folder))
    some = dict(read_weights(merge(checkpoint, adapter, tmp_path / "some", strength=0.25).folder))
    for name, held in some.items():
        np.testing.assert_allclose(held, 0.75 * before[name] + 0.25 * whole[name], atol=1e-5)
    assert any(not np.array_equal(held, before[name]) for name, held in some.items())


def test_a_lower_rank_keeps_what_matters_most(adapter: Path, tiny: Path, tmp_path: Path) -> None:
    whole, half = (
        read_adapter_gguf(adapter_to_gguf(adapter, tiny, tmp_path / f"{rank}.gguf", rank=rank)) for rank in (RANK, 2)
    )
    for name, pair in half.items():
        assert len(pair.a) == 2
        left = np.linalg.svd(whole[name].sum - pair.sum, compute_uv=False)
        values = np.linalg.svd(whole[name].sum, compute_uv=False)
        assert left[0] == pytest.approx(values[2], rel=0.02)


def test_one_of_another_model_is_refused(adapter: Path, packaged_gguf: Path, tiny: Path, tmp_path: Path) -> None:
    over = adapter_to_gguf(adapter, tiny, tmp_path / "adapter.gguf")
    with pytest.raises(EngineError, match=r"“adapter\.gguf” is no adapter of it"):
        Engine(packaged_gguf, context_tokens=64, adapter=over)
    with pytest.raises(TuningError, match="was not trained from"):
        adapter_to_gguf(adapter, packaged_gguf, tmp_path / "other.gguf")
    with pytest.raises(TuningError, match="was not trained from"):
        merge_gguf(packaged_gguf, over, tmp_path / "other.gguf")
    assert not (tmp_path / "other.gguf").exists()


def test_what_is_no_adapter_is_said(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "none.gguf").write_bytes(b"nothing")
    with pytest.raises(TuningError, match=r"“none\.gguf” is no adapter"):
        read_adapter_gguf(tmp_path / "none.gguf")
    with pytest.raises(TuningError, match=r"is no adapter"):
        read_adapter_gguf(tiny)
    with pytest.raises(TuningError, match="no adapter that was trained here"):
        read_adapter(tmp_path)
