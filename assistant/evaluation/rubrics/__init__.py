"""Rubrics: versioned Markdown files beside this one, that say to a model how it is to judge an answer."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.backend import Message

_PLACE = re.compile(r"\{(question|expected|passages|answer)\}")


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """How one respect of an answer is judged."""

    name: str
    version: str
    system: str
    form: str
    """With {question}, {answer} and, as far as it needs them, {expected} and {passages}."""

    @property
    def title(self) -> str:
        """Its name and version."""
        return f"{self.name}@{self.version}"

    @property
    def needs(self) -> frozenset[str]:
        """What its form asks for."""
        return frozenset(_PLACE.findall(self.form))

    @property
    def content_hash(self) -> str:
        """The same for the same wording: a version can be edited without a new number."""
        return hashlib.sha256(f"{self.system}\0{self.form}".encode()).hexdigest()

    def ask(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The messages for an answer; `values` has everything that the rubric needs."""
        # In one pass: what is filled in may hold braces, and is no form.
        filled = _PLACE.sub(lambda place: values[place[1]], self.form)
        return Message(role="system", content=self.system), Message(role="user", content=filled)


@cache
def rubrics() -> tuple[Rubric, ...]:
    """All that there are, by name."""
    return tuple(map(_read, sorted(Path(__file__).parent.glob("*.md"))))


def _read(path: Path) -> Rubric:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
    system, form = body.removeprefix("# System\n").split("# Question\n", 1)
    return Rubric(name=path.stem, version=fields["version"], system=system.strip(), form=form.strip())
