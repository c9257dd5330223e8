import pytest
import torch

from models.training.contrast import guarded_loss

AXES = torch.eye(4)


def test_right_passages_that_are_nearest_cost_next_to_nothing() -> None:
    assert guarded_loss(AXES[:2], AXES[:2], AXES[:2], AXES[:2]).item() < 1e-6


def test_a_wrong_passage_that_is_nearer_costs() -> None:
    assert guarded_loss(AXES[:2], AXES[[1, 0]], AXES[:2], AXES[:2]).item() > 10


def test_what_the_guide_holds_for_right_as_well_is_not_held_against_anyone() -> None:
    questions, passages = AXES[:1], torch.stack([AXES[1], AXES[0]])
    sure = guarded_loss(questions, passages, AXES[:1], torch.stack([AXES[0], AXES[2]]))
    unsure = guarded_loss(questions, passages, AXES[:1], torch.stack([AXES[0], AXES[0]]))
    assert sure.item() > 5
    assert unsure.item() == pytest.approx(0)


def test_a_duplicate_of_the_right_passage_is_no_wrong_one_though_the_guide_finds_neither() -> None:
    passages = torch.stack([AXES[1], AXES[0]])
    loss = guarded_loss(AXES[:1], passages, AXES[:1], torch.stack([AXES[3], AXES[3]]))
    assert loss.item() == pytest.approx(0)
