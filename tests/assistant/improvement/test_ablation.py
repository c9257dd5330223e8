from assistant.improvement.ablation import Ablation


def test_it_is_called_distilled_only_where_the_teacher_surely_made_it_better() -> None:
    sure = Ablation(rows=40, plain=0.4, taught=0.5, low=0.02, high=0.18)
    assert sure.kind == "distilled"
    assert sure.says == (
        "It answers better than what was made without the teacher (F1 0.40 → 0.50, +0.10 [+0.02, +0.18] on 40 rows)."
    )
    unsure = Ablation(rows=4, plain=0.4, taught=0.5, low=-0.1, high=0.3)
    assert unsure.kind == "fine-tuned"
    assert "not shown" in unsure.says
    assert unsure.to_json()["says"] == unsure.says
