"""What a server streams, as far as it is read; whatever else is in it is left alone."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

_MOST_NAME_CHARS = 200

_Count = Annotated[int, Field(ge=0, le=10**9)]


class Delta(BaseModel):
    """The next piece of a message."""

    content: str | None = None
    reasoning_content: Any = None
    """What the model thinks before it answers, under the name that most servers give it."""
    reasoning: Any = None
    """The same, as others call it."""


class Choice(BaseModel):
    """An answer; only one is asked for."""

    delta: Delta | None = None
    finish_reason: str | None = None


class Chunk(BaseModel):
    """One event of a stream."""

    choices: list[Choice] | None = None
    model: Any = None
    """As the server names it."""
    usage: Any = None

    @property
    def served(self) -> str | None:
        """The model's name, where it can be one."""
        return self.model[:_MOST_NAME_CHARS] or None if isinstance(self.model, str) else None


class PromptDetails(BaseModel):
    """Of the tokens read."""

    cached_tokens: _Count | None = None


class CompletionDetails(BaseModel):
    """Of the tokens written."""

    reasoning_tokens: _Count | None = None


class Usage(BaseModel):
    """The server's count of tokens."""

    prompt_tokens: _Count
    completion_tokens: _Count
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None

    @property
    def cached_tokens(self) -> int:
        """Tokens of the prompt that were not read again."""
        details = self.prompt_tokens_details
        return min(details.cached_tokens or 0, self.prompt_tokens) if details else 0

    @property
    def reasoning_tokens(self) -> int:
        """Tokens written before the answer."""
        return (self.completion_tokens_details and self.completion_tokens_details.reasoning_tokens) or 0


def read_chunk(event: Any) -> Chunk:
    """An event of the SDK's stream, which has not checked what the server sent.

    Raises:
        ValueError: it is not what OpenAI's chat API sends.
    """
    return Chunk.model_validate(event, from_attributes=True)


def read_usage(usage: Any) -> Usage | None:
    """The count of tokens; None where there is none that makes sense, which spoils no answer."""
    if usage is None:
        return None
    try:
        return Usage.model_validate(usage, from_attributes=True)
    except ValidationError:
        return None
