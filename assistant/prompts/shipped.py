"""The prompts that ship with the desk: files beside this one."""

from functools import cache
from pathlib import Path

from assistant.prompts.prompt import QUOTE, SUMMARY, Prompt, UnknownPrompt, parse_prompt

_FOLDER = Path(__file__).parent


def prompt_names() -> list[str]:
    """Names of the prompts that ship to answer with, `quote` first."""
    names = sorted(path.stem for path in _FOLDER.glob("*.md") if path.stem != SUMMARY)
    return sorted(names, key=lambda name: name != QUOTE)


def load_prompt(name: str) -> Prompt:
    """The prompt of a name, as it ships.

    Raises:
        UnknownPrompt: there is none of that name.
    """
    return parse_prompt(name, shipped_text(name))


@cache
def shipped_text(name: str) -> str:
    """The file of a prompt that ships.

    Raises:
        UnknownPrompt: there is none of that name.
    """
    if name != SUMMARY and name not in prompt_names():
        raise UnknownPrompt(f"There is no prompt “{name}”: choose one of {', '.join(prompt_names())}.")
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")
