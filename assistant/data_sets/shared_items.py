"""Rows as items of a Langfuse data set, and back."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from assistant.data_sets.data_set import Item
from assistant.data_sets.rows import Row, as_record, row_of

Mask = Callable[[Any], Any]
"""Takes a JSON value and gives it back without personal data."""

_CONTENT = ("question", "history", "answers", "answerable", "sources", "tags")
"""Fields of a row's record that an item tells; its id stands beside them."""


def item_id(data_set: str, row_id: str) -> str:
    """32 hexadecimal digits, the same whenever the row is pushed: Langfuse wants them unique within a project."""
    return hashlib.sha256(json.dumps(["refdesk", data_set, row_id]).encode()).hexdigest()[:32]


def as_item(data_set: str, item: Item, mask: Mask) -> dict[str, Any]:
    """A row as Langfuse is to have it, with personal data masked: the fields of `CreateDatasetItemRequest`."""
    from langfuse.api import DatasetStatus

    content = masked_content(item.row, mask)
    return {
        "dataset_name": data_set,
        "id": item_id(data_set, item.row.id),
        "input": {"question": content["question"], "history": content["history"]},
        "expected_output": {"answers": content["answers"], "answerable": content["answerable"]},
        "metadata": {
            "row": item.row.id,
            "sources": content["sources"],
            "tags": content["tags"],
            "part": item.part,
            "state": item.state,
            # By this a pull sees what was changed there since.
            "pushed": hash_of_content(content),
        },
        "status": DatasetStatus.ACTIVE,
    }


def masked_content(row: Row, mask: Mask) -> dict[str, Any]:
    """What an item tells of a row."""
    # Values alone: the names of the fields are ours, and stay.
    return {field: mask(value) for field, value in _content(as_record(row)).items()}


def content_of(item: Any) -> dict[str, Any]:
    """What an item (`langfuse.api.DatasetItem`) tells; one that was written there may be plain texts.

    Whether it makes a row shows when that is made of it.
    """
    asked, expected, about = item.input, item.expected_output, item.metadata
    told = {
        **(asked if isinstance(asked, Mapping) else {"question": asked}),
        **(expected if isinstance(expected, Mapping) else {"answers": [] if expected is None else [expected]}),
        **(about if isinstance(about, Mapping) else {}),
    }
    return _content(told)


def hash_of_content(content: Mapping[str, Any]) -> str:
    """The same for the same content: 64 hexadecimal digits."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def pushed_hash(item: Any) -> str | None:
    """The content that an item was pushed with; None of one that was written there."""
    about = item.metadata
    return str(about["pushed"]) if isinstance(about, Mapping) and "pushed" in about else None


def row_id_of(item: Any) -> str:
    """The row that an item is of; one that was written there makes a row of its own id."""
    about = item.metadata
    named = about.get("row") if isinstance(about, Mapping) else None
    return named if isinstance(named, str) and named.strip() else item.id


def merged(item: Any, kept: Row | None, mask: Mask) -> Row:
    """The row that an item makes: where it says what was pushed, what was masked on the way there comes back.

    Raises:
        RowsError: it makes none.
    """
    content = content_of(item)
    if kept is not None:
        here, sent = _content(as_record(kept)), masked_content(kept, mask)
        content = {field: here[field] if told == sent[field] else told for field, told in content.items()}
    return row_of({"id": row_id_of(item), **content}, f"The item “{item.id}” in Langfuse")


def _content(told: Mapping[str, Any]) -> dict[str, Any]:
    empty = {"question": None, "answerable": True}
    return {field: told.get(field, empty.get(field, [])) for field in _CONTENT}
