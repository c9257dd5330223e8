"""Examples: what a model is asked, and the answer that it is to give."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from models.backend import Message


@dataclass(frozen=True, kw_only=True)
class Example:
    """A prompt with the answer that is learnt."""

    id: str
    messages: tuple[Message, ...]
    """As the model will be sent them when it serves, its own answer left out."""
    completion: str
    """The answer, as the model is to write it; what ends an answer is added."""
    weight: float = 1.0
    """How much it counts beside others: 2 is as good as having it twice."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """What `dataclasses.asdict` has made plain."""
        return cls(**{**record, "messages": tuple(Message(**message) for message in record["messages"])})


def hash_of(examples: Iterable[Example]) -> str:
    """The same for the same examples in whatever order: 64 hexadecimal digits."""
    lines = sorted(json.dumps(asdict(example), sort_keys=True) for example in examples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
