"""Evaluation rows: questions with what a good answer holds, as JSON lines."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from models.backend import Message, Role

SUMMARY_TAG = "summary"
"""Tells the rows that ask for a summary: with questions they are neither asked, nor measured, nor learnt from."""


class RowsError(Exception):
    """Rows that cannot be read; the message is one sentence that says where and what."""


@dataclass(frozen=True, kw_only=True)
class GoldSource:
    """A place in the documents that answers a question."""

    document: str
    """The file's name, or its path below the folder that was taken in."""
    page: int | None = None
    """From 1."""
    quote: str | None = None
    """What stands there, in the document's own words."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A question with what a good answer holds."""

    id: str
    question: str
    answers: tuple[str, ...] = ()
    """Any one of them is right."""
    answerable: bool = True
    """Whether the documents answer it."""
    sources: tuple[GoldSource, ...] = ()
    history: tuple[Message, ...] = ()
    """What was said before, oldest first."""
    tags: tuple[str, ...] = ()
    """To report by; "of:ID" says that the row is a paraphrase of another."""

    @property
    def is_summary(self) -> bool:
        """Whether it asks for a summary of its sources, of which `answers` are good ones."""
        return SUMMARY_TAG in self.tags

    @property
    def paraphrase_of(self) -> str | None:
        """Id of the row that it puts in other words."""
        return next((tag.removeprefix("of:") for tag in self.tags if tag.startswith("of:")), None)

    @property
    def content_hash(self) -> str:
        """The same for the same content, whatever the order of keys in its line: 64 hexadecimal digits."""
        return hashlib.sha256(json.dumps(as_record(self), sort_keys=True).encode()).hexdigest()


def hash_of(rows: Iterable[Row]) -> str:
    """The same for the same rows in whatever order: 64 hexadecimal digits."""
    return hashlib.sha256("\n".join(sorted(row.content_hash for row in rows)).encode()).hexdigest()


def read_rows(path: Path) -> list[Row]:
    """The rows of a file of JSON lines; empty lines are passed over, and so are keys that rows do not have.

    Raises:
        RowsError: the file is not there, or a line is no row.
    """
    return parse_rows(read_text(path), name=path.name)


def parse_rows(text: str, *, name: str = "the rows") -> list[Row]:
    """The rows of JSON lines; `name` is what errors call them.

    Raises:
        RowsError: a line is no row.
    """
    rows: dict[str, int] = {}
    parsed = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"Line {number} of {name}"
        row = row_of(parse_json(line, where), where)
        if row.id in rows:
            raise RowsError(f"{where} has the id “{row.id}” of line {rows[row.id]}; give each row an id of its own.")
        rows[row.id] = number
        parsed.append(row)
    return parsed


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as JSON lines, without the keys that are empty."""
    path.write_text(rows_text(rows), encoding="utf-8", newline="\n")


def rows_text(rows: Iterable[Row]) -> str:
    """Rows as JSON lines."""
    return "".join(f"{json.dumps(as_record(row), ensure_ascii=False)}\n" for row in rows)


def as_record(row: Row) -> dict[str, Any]:
    """A row as its line has it."""
    record: dict[str, Any] = {
        "id": row.id,
        "question": row.question,
        "answers": list(row.answers),
        "answerable": row.answerable,
        "sources": [{key: value for key, value in vars(source).items() if value is not None} for source in row.sources],
    }
    if row.history:
        record["history"] = [{"role": said.role, "content": said.content} for said in row.history]
    if row.tags:
        record["tags"] = list(row.tags)
    return record


def row_of(record: object, where: str) -> Row:
    """The row that a line's record describes; `where` begins the sentence of an error.

    Raises:
        RowsError: it is none.
    """
    fields = _Fields(record, where)
    return Row(
        id=fields.identifier(),
        question=fields.text("question"),
        answers=tuple(fields.texts("answers")),
        answerable=fields.flag("answerable", default=True),
        sources=tuple(_source(source) for source in fields.records("sources")),
        history=tuple(_said(said) for said in fields.records("history")),
        tags=tuple(fields.texts("tags")),
    )


def read_text(path: Path) -> str:
    """A file's text, without the mark that some programs begin UTF-8 with.

    Raises:
        RowsError: it cannot be read, or is no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RowsError(f"{path.name} is not UTF-8 text; save it as UTF-8 and try again.") from None
    except OSError as error:
        raise RowsError(f"{path} cannot be read: {error.strerror or error}.") from None


def parse_json(text: str, where: str) -> Any:
    """What JSON text says.

    Raises:
        RowsError: it is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        fault = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        raise RowsError(f"{where} is not JSON: {fault}.") from None


class _Fields:
    """The fields of a record, checked as they are taken."""

    def __init__(self, record: object, where: str) -> None:
        if not isinstance(record, dict):
            raise RowsError(f"{where} is no object: a row is written {{…}}.")
        self._record = cast("Mapping[str, object]", record)
        self.where = where

    def identifier(self) -> str:
        """The id; a number is taken for its digits."""
        value = self._record.get("id")
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text("id")

    def text(self, key: str) -> str:
        """A text that has to be there and not to be empty."""
        if self._record.get(key) is None:
            raise RowsError(f"{self.where} has no “{key}”.")
        text = self._as_text(self._record[key], f"“{key}”")
        if not text.strip():
            raise RowsError(f"{self.where} has an empty “{key}”.")
        return text

    def texts(self, key: str) -> list[str]:
        """A list of texts; empty where there is none."""
        return [self._as_text(value, f"“{key}”") for value in self._list(key, "texts")]

    def records(self, key: str) -> list["_Fields"]:
        """A list of records; empty where there is none."""
        return [
            _Fields(value, f"{self.where}, number {number} of “{key}”,")
            for number, value in enumerate(self._list(key, "objects"), start=1)
        ]

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._record.get(key, default)
        if not isinstance(value, bool):
            raise RowsError(f"{self.where}: “{key}” must be true or false.")
        return value

    def page(self) -> int | None:
        """A page's number, if there is one."""
        value = self._record.get("page")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise RowsError(f"{self.where}: “page” must be a whole number from 1.")
        return value

    def optional(self, key: str) -> str | None:
        """A text, if there is one."""
        value = self._record.get(key)
        return None if value is None else self._as_text(value, f"“{key}”")

    def _list(self, key: str, of: str) -> Sequence[object]:
        value = self._record.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise RowsError(f"{self.where}: “{key}” must be a list of {of}.")
        return value

    def _as_text(self, value: object, what: str) -> str:
        if not isinstance(value, str):
            raise RowsError(f"{self.where}: {what} must be text in quotation marks.")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise RowsError(f"{self.where}: {what} holds half a character (a lone surrogate).") from None
        return value


def _source(fields: _Fields) -> GoldSource:
    return GoldSource(document=fields.text("document"), page=fields.page(), quote=fields.optional("quote"))


def _said(fields: _Fields) -> Message:
    role = fields.text("role")
    if role not in get_args(Role):
        raise RowsError(f"{fields.where}: “role” must be one of {', '.join(get_args(Role))}.")
    return Message(role=cast("Role", role), content=fields.text("content"))
