"""How many tokens a text is, estimated: a hosted model's tokenizer is mostly not to be had.

The estimate leans to too many, so that a prompt which is said to fit does fit. It was set against a tokenizer that
knows little but English, as most others need fewer tokens.
"""

import re
from collections.abc import Sequence

from models.backend import Message

_PART = re.compile(
    r"(?P<word>[a-z]+|[A-Z][a-z]+)|(?P<letters>[A-Za-z])|(?P<space>\s+)|(?P<ascii>[!-~])|(?P<other>.)", re.S
)
_LONG_WORD = 8
_MESSAGE_TOKENS = 8
"""Marks and role of a message."""
_PROMPT_TOKENS = 24
"""What a template adds of its own."""


def estimate(text: str) -> int:
    """Tokens of `text`, rather too many."""
    return sum(_tokens(part) for part in _PART.finditer(text))


def estimate_prompt(messages: Sequence[Message]) -> int:
    """Tokens of `messages` with the template around them, rather too many."""
    return _PROMPT_TOKENS + sum(_MESSAGE_TOKENS + estimate(message.content) for message in messages)


def _tokens(part: re.Match[str]) -> int:
    text = part.group()
    match part.lastgroup:
        case "word":
            return -(-len(text) // (4 if len(text) <= _LONG_WORD else 3))
        case "space":  # one before a word belongs to it
            return text.count("\n") + (len(text) > 1)
        case "other":
            return max(1, len(text.encode("utf-8", "surrogatepass")) - 1)
    return 1
