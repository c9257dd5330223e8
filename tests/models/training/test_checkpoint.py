from pathlib import Path

import torch

from models.training.checkpoint import Standing, load_checkpoint, save_checkpoint

STANDING = Standing(
    step=7, best=0.5, best_step=5, misses=1, seconds=2.5, losses=[1.0, 0.5], scores=[(0, 0.25), (5, 0.5)]
)


def test_what_was_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, "work", STANDING, {"a": torch.arange(4.0), "b": torch.ones(2, 3).T})
    loaded = load_checkpoint(path, "work")
    assert loaded is not None
    standing, tensors = loaded
    assert standing == STANDING
    assert torch.equal(tensors["a"], torch.arange(4.0))
    assert tensors["b"].shape == (3, 2)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_nothing_is_taken_from_other_work_or_from_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    assert load_checkpoint(path, "work") is None
    save_checkpoint(path, "work", STANDING, {"a": torch.arange(4.0)})
    assert load_checkpoint(path, "other work") is None
    whole = path.read_bytes()
    for size in (0, 4, 40, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert load_checkpoint(path, "work") is None
