from hypothesis import given
from hypothesis import strategies as st

from assistant.conversations.branches import Tree, branch, newest_head, siblings


@st.composite
def trees(draw: st.DrawFn) -> dict[int, int | None]:
    """Turns 1, 2, …, each after one of those before it or at the beginning."""
    size = draw(st.integers(min_value=1, max_value=25))
    return {turn: draw(st.sampled_from([None, *range(1, turn)])) for turn in range(1, size + 1)}


@given(trees(), st.data())
def test_a_branch_runs_from_a_first_turn_to_its_head(tree: Tree, data: st.DataObject) -> None:
    head = data.draw(st.sampled_from(sorted(tree)))
    ids = branch(tree, head)
    assert ids[-1] == head
    assert tree[ids[0]] is None
    assert [tree[turn] for turn in ids[1:]] == ids[:-1]


@given(trees(), st.data())
def test_every_turn_can_be_reached_through_siblings_and_newest_heads(tree: Tree, data: st.DataObject) -> None:
    wanted = data.draw(st.sampled_from(sorted(tree)))
    head = max(tree)
    for at, turn in enumerate(branch(tree, wanted)):
        shown = branch(tree, head)
        assert turn in siblings(tree, shown[at])
        head = newest_head(tree, turn)
    assert wanted in branch(tree, head)


@given(trees())
def test_the_newest_head_has_nothing_after_it(tree: Tree) -> None:
    for turn in tree:
        head = newest_head(tree, turn)
        assert turn in branch(tree, head)
        assert head not in tree.values()


def test_a_head_that_is_gone_shows_nothing() -> None:
    assert branch({1: None}, 7) == []
    assert branch({}, None) == []


def test_a_long_conversation_has_a_head() -> None:
    tree = {turn: turn - 1 or None for turn in range(1, 5000)}
    assert newest_head(tree, 1) == 4999
