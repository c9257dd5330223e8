"""How much goes into a turn."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of passages, quotes and tokens."""

    passages: int = 8
    ranked: int = 0
    """Passages that are to be seen, where these are more than the answer rests on."""
    quotes: int = 3
    model_passages: int = 3
    excerpt_chars: int = 400
    """Of a passage that a model is given."""
    max_tokens: int = 220
    temperature: float = 0.0
