"""Data sets that are shared with Langfuse: pushed there, and what was changed there pulled back."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.data_sets.data_set import UnknownDataSet
from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import Row, RowsError
from assistant.data_sets.shared_items import (
    Mask,
    as_item,
    content_of,
    hash_of_content,
    item_id,
    merged,
    pushed_hash,
    row_id_of,
)
from assistant.pool import at_the_same_time
from assistant.tracing.project import Project

_AT_ONCE = 4
"""Items sent at the same time."""

Told = Callable[[int, int], None]
"""Is told how many of how many are done."""


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """What a push has changed at Langfuse."""

    sent: int
    """New there, or changed."""
    unchanged: int
    archived: int
    """Their rows are not approved any more, or gone."""
    overwritten: int
    """Of those sent: somebody had changed them there."""


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What a pull has found at Langfuse."""

    added: int
    """Written there; they are proposed now."""
    changed: int
    """Changed there; they are proposed now, and count again when they are approved."""
    unchanged: int
    archived: Sequence[str]
    """Ids of approved rows whose items somebody archived there; they stay as they are."""
    unusable: Sequence[str]
    """A sentence for each item that makes no row."""


class SharedSets:
    """Pushes and pulls. What a push was broken off at is gone on with by the next: what is there is not sent again."""

    def __init__(self, data_sets: DataSets, *, project: Callable[[], Project], mask: Mask) -> None:
        self._data_sets = data_sets
        self._project = project
        self._mask = mask

    def push(self, name: str, *, told: Told = lambda done, of: None, stop: threading.Event | None = None) -> Pushed:
        """Make the data set of that name at Langfuse say what the approved rows do; personal data is masked.

        Raises:
            UnknownDataSet: there is none of that name here.
            LangfuseError: something was not taken; what was taken before stays.
        """
        from langfuse.api import DatasetStatus

        summary, approved = self._data_sets.get(name), self._data_sets.items(name, state="approved")
        wanted = {item_id(name, item.row.id): as_item(name, item, self._mask) for item in approved}
        with self._project() as project:
            project.begin(name, summary.description)
            there = {item.id: item for item in project.items(name)}
            stale = [item for key, item in wanted.items() if key not in there or not _says(there[key], item)]
            gone = [
                _archived(name, item)
                for key, item in there.items()
                # What was written there is not ours to archive.
                if key not in wanted and pushed_hash(item) is not None and item.status == DatasetStatus.ACTIVE
            ]
            work = [*stale, *gone]
            stop = stop or threading.Event()
            told(0, len(work))

            def put(item: dict[str, Any]) -> str:
                project.put(item)
                return str(item["id"])

            taken = set()
            for key in at_the_same_time(put, work, workers=_AT_ONCE, stop=stop):
                taken.add(key)
                told(len(taken), len(work))
        return Pushed(
            sent=len(taken & wanted.keys()),
            unchanged=len(wanted) - len(stale),
            archived=len(taken - wanted.keys()),
            overwritten=sum(_is_changed(there[key]) for key in taken & wanted.keys() & there.keys()),
        )

    def pull(self, name: str, *, told: Told = lambda done, of: None) -> Pulled:
        """Propose what was written or changed at Langfuse since it was pushed; nothing of it counts before a review.

        Raises:
            LangfuseError: there is no such data set there, or it cannot be read.
            RowsError: a data set cannot be called so here.
        """
        from langfuse.api import DatasetStatus

        try:
            here = {item.row.id: item for item in self._data_sets.items(name)}
        except UnknownDataSet:
            here = {}
        with self._project() as project:
            project.data_set(name)
            items = list(project.items(name))
        rows: list[Row] = []
        notes: dict[str, Sequence[str]] = {}
        archived, unusable = [], []
        for done, item in enumerate(items, start=1):
            kept = here.get(row_id_of(item))
            if item.status == DatasetStatus.ARCHIVED:
                archived += [kept.row.id] if kept is not None and kept.state == "approved" else []
            elif _is_changed(item):
                try:
                    row = merged(item, kept.row if kept else None, self._mask)
                except RowsError as error:
                    unusable.append(str(error))
                    continue
                rows.append(row)
                notes[row.id] = _notes(kept.row if kept else None)
            told(done, len(items))
        taken = self._data_sets.take(name, rows, state="proposed", notes=notes) if rows else None
        added, changed = (taken.added, taken.updated) if taken else (0, 0)
        return Pulled(
            added=added,
            changed=changed,
            unchanged=len(items) - added - changed - len(archived) - len(unusable),
            archived=archived,
            unusable=unusable,
        )


def _says(there: Any, wanted: dict[str, Any]) -> bool:
    """Whether an item says what it is wanted to."""
    return (there.input, there.expected_output, there.metadata, there.status) == (
        wanted["input"],
        wanted["expected_output"],
        wanted["metadata"],
        wanted["status"],
    )


def _is_changed(item: Any) -> bool:
    """Whether somebody has written an item there, or changed it since it was pushed."""
    return pushed_hash(item) != hash_of_content(content_of(item))


def _archived(name: str, item: Any) -> dict[str, Any]:
    """An item as it is, put away."""
    from langfuse.api import DatasetStatus

    return {
        "dataset_name": name,
        "id": item.id,
        "input": item.input,
        "expected_output": item.expected_output,
        "metadata": item.metadata,
        "status": DatasetStatus.ARCHIVED,
    }


def _notes(kept: Row | None) -> list[str]:
    """For who reviews it."""
    if kept is None:
        return ["Written in Langfuse."]
    before = " | ".join(kept.answers) or "no answer"
    return [f"Changed in Langfuse. Before: {kept.question} — {before}"]
