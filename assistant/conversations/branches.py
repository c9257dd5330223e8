"""The tree that the turns of a conversation make: each goes on from its parent, branches lie side by side.

A tree is given as the parent of each turn by id; a parent's id is always smaller than its children's.
"""

from collections.abc import Mapping

Tree = Mapping[int, int | None]


def branch(tree: Tree, head: int | None) -> list[int]:
    """The turns from the first to `head`, in order; empty for a head that is not there."""
    ids = []
    at = head
    while at is not None and at in tree:
        ids.append(at)
        at = tree[at]
    return ids[::-1]


def siblings(tree: Tree, turn: int) -> list[int]:
    """The turn and those that could stand in its place, the oldest first."""
    return sorted(other for other, parent in tree.items() if parent == tree[turn])


def newest_head(tree: Tree, turn: int) -> int:
    """Where the branch ends that goes through `turn` and, from there on, through the newest of each."""
    newest_child: dict[int, int] = {}
    for child in sorted(tree):
        parent = tree[child]
        if parent is not None:
            newest_child[parent] = child
    while turn in newest_child:
        turn = newest_child[turn]
    return turn
