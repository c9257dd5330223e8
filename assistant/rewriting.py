"""Follow-up questions made to stand alone, by rules."""

import re
from collections.abc import Sequence
from threading import Event

from assistant.rails import Masking
from ingest.index.analysis import query_terms
from models.backend import BackendError, ChatBackend, Message, Sampling, TextDelta

_LEANS = re.compile(
    r"^\s*(and|but|or|so|then|also|what about|how about|what if)\b"
    r"|\b(it|its|they|them|their|theirs|that one|those|these|this one|the same|instead)\b"
    r"|^\s*(why|how so|how long|how much|how many|when|where|who|which)\s*\??\s*$",
    re.IGNORECASE,
)
_FEW_TERMS = 3
_MOST_EARLIER = 4
_MOST_CHARS = 400
_ASK_TO_REWRITE = (
    "Rewrite the last question so that it can be understood without the questions before it. Keep its meaning, its"
    " names and its figures. Do not answer it. Reply with the rewritten question alone."
)


def standalone(question: str, earlier: Sequence[str]) -> str:
    """What to search for when `question` follows the `earlier` ones (oldest first).

    A question that leans on what was said (“And for volunteers?”) is searched together with the last
    one that stood by itself; any other as it is.
    """
    if not earlier or not _leans(question):
        return question
    anchor = next((asked for asked in reversed(earlier) if not _leans(asked)), earlier[0])
    return f"{anchor} {question}"


def _leans(question: str) -> bool:
    return bool(_LEANS.search(question)) or len(query_terms(question)) < _FEW_TERMS


def rewritten_by(
    backend: ChatBackend, question: str, earlier: Sequence[str], *, masking: Masking | None, stop: Event
) -> str:
    """What a model makes of a question that leans on the `earlier` ones.

    Raises:
        BackendError: it cannot be asked, or its reply is no question.
    """
    asked = "\n".join([*earlier[-_MOST_EARLIER:], question])
    messages = [
        Message(role="system", content=_ASK_TO_REWRITE),
        Message(role="user", content=masking.mask(asked) if masking else asked),
    ]
    stream = backend.stream(messages, sampling=Sampling(max_tokens=80, stop=("\n",)), stop=stop)
    reply = "".join(event.text for event in stream if isinstance(event, TextDelta)).strip()
    if not reply or len(reply) > _MOST_CHARS:
        raise BackendError("The model did not rewrite the question.")
    return masking.unmask(reply) if masking else reply
