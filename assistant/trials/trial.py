"""A trial, and which of its two ways a conversation gets."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from assistant.conversations import Choices


class TrialError(Exception):
    """A trial that cannot be begun or ended; one sentence."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Two ways to answer, of which a share of new conversations gets the second."""

    id: str
    usual: Choices
    challenger: Choices
    share: float
    """Of conversations that get the challenger, above 0 and below 1."""
    began_at: datetime
    ended_at: datetime | None
    """None while it runs."""

    def draws_challenger(self, conversation_id: str) -> bool:
        """Whether a conversation gets the challenger: by chance, and always the same."""
        drawn = hashlib.sha256(f"{self.id} {conversation_id}".encode()).digest()
        return int.from_bytes(drawn[:8]) / 2**64 < self.share

    def choices(self, conversation_id: str) -> Choices:
        """How a conversation is answered until somebody chooses otherwise."""
        return self.challenger if self.draws_challenger(conversation_id) else self.usual


def named(choices: Choices) -> str:
    """A way to answer, in a few words."""
    return " · ".join(part for part in (choices.backend, choices.model, choices.prompt) if part)
