"""How much goes into a turn."""

from dataclasses import dataclass

from assistant.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of passages, quotes and tokens."""

    passages: int = 8
    ranked: int = 0
    """Passages that are to be seen, where these are more than the answer rests on."""
    quotes: int = 3
    model_passages: int = 3
    """Most that a model reads for a question."""
    following_passages: int = 1
    """Most that it reads anew for a question that follows another: what stands around it has mostly been read."""
    excerpt_chars: int = 400
    """Of a passage that a model is given."""
    max_tokens: int = 220
    temperature: float = 0.0


def limits_for(settings: Settings, backend: str, *, ranked: int = 0, temperature: float | None = None) -> Limits:
    """Of a turn with a backend, as the settings have them."""
    answer, is_hosted = settings.answer, backend == "hosted"
    reads = settings.hosted if is_hosted else settings.local
    return Limits(
        passages=settings.retrieval.passages,
        ranked=ranked,
        quotes=answer.quotes,
        model_passages=reads.passages,
        # On this machine every further passage keeps the person waiting longer than it helps.
        following_passages=reads.passages if is_hosted else 1,
        excerpt_chars=reads.excerpt_chars,
        max_tokens=answer.max_tokens,
        temperature=answer.temperature if temperature is None else temperature,
    )
