"""The one way to talk to a chat model, whoever serves it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]


class BackendError(Exception):
    """A backend cannot answer; the message is one sentence for the person who asked."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of a conversation, as the model is to read it."""

    role: Role
    content: str


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A beginning that an answer is to have, or not to have, by more than the model itself knows."""

    text: str
    bias: float
    """What is added to the log-odds that the model gives its first token: it is written if the sum is above 0."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How the next token is chosen and when to stop."""

    max_tokens: int = 256
    temperature: float = 0.0
    """0 is greedy and repeatable."""
    stop: tuple[str, ...] = ()
    """Strings that end the answer; they are not part of it."""
    opening: Opening | None = None
    """Heeded by models on this machine alone: a server says too little of what it holds likely."""


@dataclass(frozen=True, kw_only=True)
class Queued:
    """The request waits: `ahead` others come first."""

    ahead: int


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The model reads the prompt: `done` of `total` tokens, those it remembered included."""

    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class TextDelta:
    """The next piece of the answer; never an incomplete UTF-8 character."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Completed:
    """The last event of every stream that did not raise."""

    reason: Literal["stop", "length", "cancelled"]
    prompt_tokens: int
    reused_tokens: int
    """Prompt tokens that were still in the model's memory and not computed again."""
    completion_tokens: int
    first_token_s: float | None
    """Seconds from the request to the first token; None when there was none."""
    generation_s: float
    """Seconds from the first token to the last."""
    estimated: bool = False
    """Whether the tokens were not counted but estimated."""
    served: str | None = None
    """The model as a server itself names it, which may be a dated version of the one that was asked for."""

    @property
    def tokens_per_second(self) -> float | None:
        """Speed after the first token; None below two tokens."""
        if self.completion_tokens < 2 or self.generation_s <= 0:
            return None
        return (self.completion_tokens - 1) / self.generation_s


BackendEvent = Queued | Reading | TextDelta | Completed


@dataclass(frozen=True, kw_only=True)
class BackendInfo:
    """What a backend says of itself."""

    backend: str
    """Kind, as in the settings: "local", "hosted", "scripted"."""
    model: str
    """Name of the model, as people see it."""
    context_tokens: int
    """Most tokens of prompt and answer together."""
    beats_quote: bool = False
    """Whether the gate has shown that it answers better than the best sentences do."""
    is_here: bool = True
    """Whether it runs on this machine; what goes to another is masked."""
    rewrites: bool = False
    """Whether it is capable enough to make a follow-up question stand alone."""
    lineage: str | None = None
    """Which weights exactly: the SHA-256 of the model's file; None where no file is here."""


class ChatBackend(Protocol):
    """Streams messages to text, counts tokens, says what it is."""

    @property
    def info(self) -> BackendInfo:
        """What this backend is. Cheap: loads nothing."""
        ...

    def warm(self, progress: Callable[[str], None] | None = None) -> None:
        """Load whatever the first answer would have to wait for.

        Raises:
            BackendError: the model cannot be loaded.
        """
        ...

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Prompt tokens of `messages`, the template's own included."""
        ...

    def stream(
        self, messages: Sequence[Message], *, sampling: Sampling | None = None, stop: Event | None = None
    ) -> Iterator[BackendEvent]:
        """Answer `messages`.

        Ends with `Completed`. Setting `stop`, or closing the iterator, ends the computation.

        Raises:
            BackendError: the prompt does not fit, or the model broke.
        """
        ...

    def close(self) -> None:
        """Free the model; later calls raise `BackendError`."""
        ...
