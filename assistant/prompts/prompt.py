"""A prompt, and how its file is read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.backend import Message

QUOTE = "quote"
"""The answer without a model: its file says only what it is."""
SUMMARY = "summary"
"""How a model is asked for a summary: nobody chooses it to answer with."""

_SECTIONS = ("System", "Example", "Example answer", "Question")
_FIELDS = ("version", "label", "description", "answer after")


class UnknownPrompt(Exception):
    """A name that no prompt has; one sentence."""


class PromptError(Exception):
    """A text that is no prompt; one sentence that says what is missing."""


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


def parse_prompt(name: str, text: str) -> Prompt:
    """The prompt that a file's text describes: a head between lines of three dashes, then sections.

    Raises:
        PromptError: it is none, or a model could not be asked with it.
    """
    fields, sections = _parts(text.replace("\r\n", "\n"))
    prompt = Prompt(
        name=name,
        version=fields.get("version", ""),
        label=fields.get("label", ""),
        description=fields.get("description", ""),
        system="".join(sections.get("System", [])),
        examples=_examples(sections),
        question="".join(sections.get("Question", [])),
        answer_after=fields.get("answer after"),
    )
    if not prompt.label:
        raise PromptError("The head of the prompt has no “label”: the name that people choose it by.")
    if name != QUOTE:
        _check(prompt, sections)
    return prompt


def with_version(text: str, version: int) -> str:
    """A prompt's text with another version in its head."""
    opening, head, body = text.replace("\r\n", "\n").split("---\n", 2)
    lines = [line for line in head.strip().split("\n") if line.partition(":")[0].strip() != "version"]
    return "---\n".join([opening, "\n".join([f"version: {version}", *lines, ""]), body])


def _parts(text: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The fields of the head, and the texts under each heading in their order."""
    match text.split("---\n", 2):
        case ["", head, body]:
            pass
        case _:
            raise PromptError("A prompt begins with a head: “label” and “description” between two lines of “---”.")
    fields = {}
    for line in filter(str.strip, head.split("\n")):
        key, is_field, value = line.partition(":")
        if not is_field or key.strip() not in _FIELDS:
            raise PromptError(f"“{line.strip()}” is no line of a prompt's head: write {', '.join(_FIELDS)}.")
        fields[key.strip()] = value.strip()
    sections: dict[str, list[str]] = {}
    begins = re.split(rf"(?m)^# ({'|'.join(_SECTIONS)})[ \t]*\n", body)
    if begins[0].strip():
        raise PromptError(f"The prompt has text outside its sections: put it under “# {_SECTIONS[0]}”.")
    for title, section in zip(begins[1::2], begins[2::2], strict=True):
        sections.setdefault(title, []).append(section.strip())
    return fields, sections


def _examples(sections: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str], ...]:
    asked, answered = sections.get("Example", []), sections.get("Example answer", [])
    if len(asked) != len(answered):
        raise PromptError("Each “# Example” needs an “# Example answer” after it.")
    return tuple(zip(asked, answered, strict=True))


def _check(prompt: Prompt, sections: Mapping[str, Sequence[str]]) -> None:
    for title in ("System", "Question"):
        if len(sections.get(title, [])) != 1 or not sections[title][0]:
            raise PromptError(f"The prompt needs one section “# {title}” with a text.")
    for placeholder in ("{passages}", "{question}"):
        if prompt.question.count(placeholder) != 1:
            raise PromptError(f"The section “# Question” must hold {placeholder} once.")
    if prompt.question.index("{passages}") > prompt.question.index("{question}"):
        raise PromptError("In the section “# Question”, {passages} must stand before {question}.")
