"""The prompts of a desk: those that ship, and the versions that were written on it."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from assistant.preferences import Preferences
from assistant.prompts.prompt import QUOTE, SUMMARY, Prompt, PromptError, UnknownPrompt, parse_prompt, with_version
from assistant.prompts.shipped import prompt_names, shipped_text
from assistant.tables import PromptRow
from ingest.catalogue import Catalogue

_DEFAULT = "prompt"
"""Name of the preference."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_MOST_CHARS = 20_000


@dataclass(frozen=True, kw_only=True)
class PromptVersion:
    """One version of a prompt."""

    name: str
    version: int
    text: str
    """As a file has it, head and sections."""
    written_at: datetime | None
    """None for what ships."""

    @property
    def prompt(self) -> Prompt:
        """What it says."""
        return parse_prompt(self.name, self.text)

    @property
    def id(self) -> str:
        """As answers and runs name it: “direct@2”."""
        return f"{self.name}@{self.version}"


class Prompts:
    """Versions are only ever added, so that what an answer or a run names stays what it was. Thread-safe."""

    def __init__(self, catalogue: Catalogue, preferences: Preferences, *, default: str) -> None:
        """`default` is the setting, which holds until somebody chooses otherwise."""
        self._catalogue = catalogue
        self._preferences = preferences
        self._set_default = default

    def names(self) -> list[str]:
        """Names that can be chosen to answer with: `quote`, then those that ship, then those that were written here."""
        with self._catalogue.session() as session:
            written = session.scalars(select(PromptRow.name).distinct().order_by(PromptRow.name)).all()
        return [name for name in dict.fromkeys([*prompt_names(), *written]) if name != SUMMARY]

    def load(self, name: str) -> Prompt:
        """A prompt: of “direct” the newest version, of “direct@2” that one.

        Raises:
            UnknownPrompt: there is no such prompt or version.
        """
        return self.version(name).prompt

    def version(self, name: str) -> PromptVersion:
        """The version that `load` takes, with its text.

        Raises:
            UnknownPrompt: there is no such prompt or version.
        """
        bare, _, exact = name.partition("@")
        versions = self.versions(bare)
        if not exact:
            return versions[0]
        for version in versions:
            if str(version.version) == exact:
                return version
        there = ", ".join(version.id for version in versions)
        raise UnknownPrompt(f"There is no prompt “{name}”: choose one of {there}.")

    def versions(self, name: str) -> list[PromptVersion]:
        """All versions of a prompt, the newest first.

        Raises:
            UnknownPrompt: there is no such prompt.
        """
        query = select(PromptRow).where(PromptRow.name == name).order_by(PromptRow.version.desc())
        with self._catalogue.session() as session:
            written = [
                PromptVersion(name=name, version=row.version, text=row.text, written_at=row.created_at)
                for row in session.scalars(query)
            ]
        shipped = _shipped(name)
        # A file that has caught up with a number of ours does not change what answers have been given with it.
        if shipped is not None and shipped.version not in {version.version for version in written}:
            written = sorted([*written, shipped], key=lambda version: -version.version)
        if not written:
            raise UnknownPrompt(f"There is no prompt “{name}”: choose one of {', '.join(self.names())}.")
        return written

    def save(self, name: str, text: str) -> PromptVersion:
        """Keep a text as the next version of a prompt, or as the first of a new one; the version in its head is set.

        A text that says the same as the newest version is no other.

        Raises:
            PromptError: it is no prompt, cannot be called so, or somebody else saves one at this moment.
        """
        if not _NAME.fullmatch(name):
            raise PromptError("A prompt's name is made of small letters, digits and hyphens, and begins with a letter.")
        if name == QUOTE:
            raise PromptError("“quote” answers without a model: there is nothing to write in it.")
        if len(text) > _MOST_CHARS or "\0" in text:
            raise PromptError(f"A prompt is a text of at most {_MOST_CHARS} characters.")
        parse_prompt(name, text)
        try:
            return self._save(name, text)
        except IntegrityError:
            raise PromptError(
                f"Somebody else has just saved a version of “{name}”: look at that one, and save yours again."
            ) from None

    def _save(self, name: str, text: str) -> PromptVersion:
        with self._catalogue.writing() as session:
            newest = self.versions(name)[0] if name in {*self.names(), SUMMARY} else None
            version = newest.version + 1 if newest else 1
            row = PromptRow(name=name, version=version, text=with_version(text, version))
            if newest is not None and with_version(newest.text, version) == row.text:
                return newest
            session.add(row)
            session.flush()
            return PromptVersion(name=name, version=version, text=row.text, written_at=row.created_at)

    def restore(self, name: str) -> PromptVersion:
        """Make an earlier version, as “direct@1”, the newest again: its text becomes one more version.

        Raises:
            UnknownPrompt: there is no such prompt or version.
            PromptError: it is `quote`.
        """
        earlier = self.version(name)
        return self.save(earlier.name, earlier.text)

    def difference(self, before: str, after: str) -> list[str]:
        """The lines that differ between two versions, each begun by “-”, “+” or a blank, as a unified diff has them.

        Raises:
            UnknownPrompt: there is no such prompt or version.
        """
        return list(_difference(self.version(before), self.version(after)))

    @property
    def default(self) -> str:
        """How questions are answered until somebody chooses otherwise; the setting, where nothing was chosen here."""
        chosen = self._preferences.get(_DEFAULT)
        if isinstance(chosen, str):
            try:
                self.version(chosen)
            except UnknownPrompt:
                pass  # it came with another version of the program
            else:
                return chosen
        return self._set_default

    def set_default(self, name: str | None) -> None:
        """Choose for everybody: “direct” goes with its newest version, “direct@2” stays; None goes back to the setting.

        Raises:
            UnknownPrompt: there is no such prompt or version, or none to answer with.
        """
        if name is not None and self.version(name).name == SUMMARY:
            raise UnknownPrompt(f"The prompt “{SUMMARY}” is for summaries: no question is answered with it.")
        self._preferences.set(_DEFAULT, name)


def _shipped(name: str) -> PromptVersion | None:
    if name not in {*prompt_names(), SUMMARY}:
        return None
    text = shipped_text(name)
    return PromptVersion(name=name, version=int(parse_prompt(name, text).version), text=text, written_at=None)


def _difference(before: PromptVersion, after: PromptVersion) -> Iterator[str]:
    yield from difflib.unified_diff(
        before.text.splitlines(), after.text.splitlines(), fromfile=before.id, tofile=after.id, lineterm=""
    )
