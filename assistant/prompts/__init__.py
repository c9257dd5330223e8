"""Prompts, versioned: a system text, perhaps examples, and the form of a question.

Those that ship are Markdown files beside this one; further versions are written on the page and kept in the catalogue.
"""

from assistant.prompts.prompt import QUOTE, SUMMARY, Prompt, PromptError, UnknownPrompt, parse_prompt
from assistant.prompts.prompts import Prompts, PromptVersion
from assistant.prompts.shipped import load_prompt, prompt_names

__all__ = [
    "QUOTE",
    "SUMMARY",
    "Prompt",
    "PromptError",
    "PromptVersion",
    "Prompts",
    "UnknownPrompt",
    "load_prompt",
    "parse_prompt",
    "prompt_names",
]
