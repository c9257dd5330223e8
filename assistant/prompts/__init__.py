"""Prompts: versioned Markdown files beside this one, each a system text and the form of a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

QUOTE = "quote"
"""The answer without a model; it has no file."""


class UnknownPrompt(Exception):
    """A name that no prompt has; one sentence."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """How a model is asked."""

    name: str
    version: str
    description: str
    system: str
    question: str
    """With {passages} and {question}; what changes most stands last, so that the rest need not be read again."""

    def ask(self, question: str, passages: Sequence[tuple[int, str]]) -> str:
        """The message for a question with its numbered passages; without passages only the question."""
        listed = "\n\n".join(f"[{number}] {text}" for number, text in passages)
        # Not str.format: passages and questions may hold braces.
        before, _, after = self.question.partition("{passages}")
        head, _, tail = after.partition("{question}")
        return f"{before + listed if listed else ''}{head}{question}{tail}".strip()


def prompt_names() -> list[str]:
    """Names that can be chosen, `quote` first."""
    return [QUOTE, *sorted(path.stem for path in Path(__file__).parent.glob("*.md"))]


def load_prompt(name: str) -> Prompt:
    """Read a prompt's file.

    Raises:
        UnknownPrompt: there is none of that name.
    """
    path = Path(__file__).parent / f"{name}.md"
    if name not in prompt_names() or not path.is_file():
        raise UnknownPrompt(f"There is no prompt “{name}”: choose one of {', '.join(prompt_names())}.")
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
    system, _, question = body.partition("# Question\n")
    return Prompt(
        name=name,
        version=fields["version"],
        description=fields["description"],
        system=system.removeprefix("# System\n").strip(),
        question=question.strip(),
    )
