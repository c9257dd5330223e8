"""Prompts: versioned Markdown files beside this one: a system text, perhaps examples, and the form of a question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.backend import Message

QUOTE = "quote"
"""The answer without a model: its file says only what it is."""


class UnknownPrompt(Exception):
    """A name that no prompt has; one sentence."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """How a model is asked."""

    name: str
    version: str
    label: str
    """What it is called in the sidebar."""
    description: str
    system: str = ""
    examples: tuple[tuple[str, str], ...] = ()
    """Questions with their passages, and the answers that a model is shown as a pattern."""
    question: str = ""
    """With {passages} and {question}; what changes most stands last, so that the rest need not be read again."""
    answer_after: str | None = None
    """What begins the answer, where the model is to give its reasons before."""

    @property
    def opening(self) -> tuple[Message, ...]:
        """What every conversation begins with."""
        shown = (
            message
            for asked, answered in self.examples
            for message in (Message(role="user", content=asked), Message(role="assistant", content=answered))
        )
        return (Message(role="system", content=self.system), *shown)

    def ask(self, question: str, passages: Sequence[tuple[int, str]]) -> str:
        """The message for a question with its numbered passages; without passages only the question."""
        listed = "\n\n".join(f"[{number}] {text}" for number, text in passages)
        # Not str.format: passages and questions may hold braces.
        before, _, after = self.question.partition("{passages}")
        head, _, tail = after.partition("{question}")
        return f"{before + listed if listed else ''}{head}{question}{tail}".strip()


def prompt_names() -> list[str]:
    """Names that can be chosen, `quote` first."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.md"))
    return sorted(names, key=lambda name: name != QUOTE)


def load_prompt(name: str) -> Prompt:
    """Read a prompt's file.

    Raises:
        UnknownPrompt: there is none of that name.
    """
    if name not in prompt_names():
        raise UnknownPrompt(f"There is no prompt “{name}”: choose one of {', '.join(prompt_names())}.")
    text = (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8")
    _, head, body = text.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
    sections = _sections(body)
    return Prompt(
        name=name,
        version=fields["version"],
        label=fields["label"],
        description=fields["description"],
        system="".join(sections.get("System", [])),
        examples=tuple(zip(sections.get("Example", []), sections.get("Example answer", []), strict=True)),
        question="".join(sections.get("Question", [])),
        answer_after=fields.get("answer after"),
    )


def _sections(body: str) -> dict[str, list[str]]:
    """The texts under each heading, in their order."""
    sections: dict[str, list[str]] = {}
    _, *pieces = re.split(r"(?m)^# (.+)\n", body)
    for title, text in zip(pieces[::2], pieces[1::2], strict=True):
        sections.setdefault(title, []).append(text.strip())
    return sections
