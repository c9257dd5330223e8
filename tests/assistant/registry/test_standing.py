from hypothesis import given
from hypothesis import strategies as st

from assistant.registry.standing import Action, Decision, standing_of


def _decision(action: Action, sha256: str) -> Decision:
    return Decision(action=action, model=sha256, sha256=sha256, by="somebody", reason="")


def test_what_is_taken_back_is_that_of_its_kind_whatever_was_promoted_since() -> None:
    answers, summaries, later = "answers", "summaries", "later"
    decided = [_decision("promote", sha256) for sha256 in (answers, summaries, later)]
    assert standing_of([*decided, _decision("rollback", summaries)]).stack == (answers, later)
    assert standing_of([*decided, _decision("rollback", later)]).stack == (answers, summaries)


@given(st.lists(st.tuples(st.sampled_from(["promote", "retire"]), st.sampled_from("abc")), max_size=12))
def test_a_step_back_undoes_the_promotion_before_it(done: list[tuple[Action, str]]) -> None:
    before = standing_of(_decision(*one) for one in done)
    new = [_decision(*one) for one in done] + [_decision("promote", "new"), _decision("rollback", "new")]
    assert standing_of(new) == before
