"""A model's reply as a whole, where nobody reads along: to a judge, a writer of questions, a rewriter."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Event
from typing import Any, Literal

from assistant.rails import Masking
from models.backend import ChatBackend, Completed, Message, Sampling, TextDelta

_FENCE = re.compile(r"\A```(?:json)?\s*(.*?)\s*```\Z", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a model has written."""

    text: str
    """Without blanks around it; of personal data it has the placeholders that the model was shown."""
    reason: Literal["stop", "length", "cancelled"]
    """Why it ended."""


def whole_reply(
    backend: ChatBackend, messages: Iterable[Message], *, sampling: Sampling, masking: Masking | None, stop: Event
) -> Reply:
    """Ask `backend`, which sees the messages as `masking` leaves them, and wait for all of the reply.

    Raises:
        BackendError: it cannot be asked.
    """
    shown = [
        Message(role=message.role, content=masking.mask(message.content)) if masking else message
        for message in messages
    ]
    text = ""
    reason: Literal["stop", "length", "cancelled"] = "cancelled"
    for event in backend.stream(shown, sampling=sampling, stop=stop):
        match event:
            case TextDelta(text=piece):
                text += piece
            case Completed():
                reason = event.reason
    return Reply(text=text.strip(), reason=reason)


def json_of(text: str) -> Any:
    """What a reply says that is one JSON document, with nothing beside it but a code fence.

    Raises:
        ValueError: it is none.
    """
    fenced = _FENCE.match(text.strip())
    try:
        return json.loads(fenced[1] if fenced else text)
    except RecursionError as error:
        raise ValueError("It is nested too deep.") from error
