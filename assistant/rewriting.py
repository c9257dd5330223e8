"""Follow-up questions made to stand alone, by rules."""

import re
from collections.abc import Iterator, Sequence
from threading import Event

from assistant.quoting.answer_type import MONTH, WEEKDAY
from assistant.rails import Masking
from assistant.replies import whole_reply
from ingest.index.analysis import query_terms
from models.backend import BackendError, ChatBackend, Message, Sampling

_LEANS = re.compile(
    r"^\s*(and|but|or|so|then|also|what about|how about|what if|what else|tell me more)\b"
    r"|\b(it|its|they|them|their|theirs|he|him|his|she|her|hers|that one|this one|these|those|the same|the others?"
    r"|another one|instead|such)\b"
    r"|^\s*(why|how so|how long|how much|how many|when|where|who|which)\s*\??\s*$",
    re.IGNORECASE,
)
_FEW_TERMS = 3
_NAME = re.compile(
    r"\b[A-Z][\w’'-]*(?: (?:(?:of|of the|and|&) )?(?:[A-Z][\w’'-]*|\d+\b))+"
    r"|(?<=[\w,;)] )[A-Z][\w’'-]*[a-z\d]\b"
)
"""Words with a capital together, or one that does not begin its sentence."""
_DATE = re.compile(rf"(?:\b(?:{WEEKDAY}|{MONTH}|\d+)\b ?)+")
_MOST_NAMES = 4
_FIRST_SENTENCE = re.compile(r".*?(?:[.!?](?=\s)|$)", re.DOTALL)
_LONGEST_SENTENCE = 400
"""In characters."""
_MOST_EARLIER = 4
_ASK_TO_REWRITE = (
    "Rewrite the last question so that it can be understood without the questions before it. Keep its meaning, its"
    " names and its figures. Do not answer it. Reply with the rewritten question alone."
)


def background(question: str, earlier: Sequence[str], answers: Sequence[str] = ()) -> str:
    """What to search for beside a `question` that leans on the `earlier` ones (oldest first); empty where it stands.

    A question such as “And for volunteers?” leans on the last one that stood by itself, and on the things that were
    named in answer to it and since. `answers` are those of the `earlier` questions; each may be empty.
    """
    if not earlier or not _leans(question):
        return ""
    standing = next((at for at in reversed(range(len(earlier))) if not _leans(earlier[at])), 0)
    known = f"{earlier[standing]} {question}".casefold()
    named = dict.fromkeys(name for answer in answers[standing:] for name in _names(answer))
    names = ", ".join([name for name in named if name.casefold() not in known][:_MOST_NAMES])
    return f"{earlier[standing]} {names}." if names else earlier[standing]


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
        Message(role="user", content=asked),
    ]
    sampling = Sampling(max_tokens=80, stop=("\n",))
    reply = whole_reply(backend, messages, sampling=sampling, masking=masking, stop=stop)
    if reply.reason != "stop" or not reply.text:
        raise BackendError("The model did not rewrite the question.")
    return masking.unmask(reply.text) if masking else reply.text


def _leans(question: str) -> bool:
    return bool(_LEANS.search(question)) or len(query_terms(question)) < _FEW_TERMS


def _names(answer: str) -> Iterator[str]:
    """The names in the first sentence of an answer; dates are none.

    No more is read than a sentence is long: the search for names takes time by the square of an endless one.
    """
    first = _FIRST_SENTENCE.match(answer[:_LONGEST_SENTENCE])
    for match in _NAME.finditer(first.group() if first else ""):
        if not _DATE.fullmatch(match.group()):
            yield match.group()
