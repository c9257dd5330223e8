"""What an answer claims: its sentences, each with the passages that it cites."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.events import Span
from assistant.quoting.numbers import values
from ingest.index.analysis import STOP_WORDS, terms
from ingest.plain import plain
from ingest.sentences import split_sentences

_MARKER = re.compile(r"(?:(?<!\s)\s+)?\[\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*\]")
_MARKERS_FIRST = re.compile(rf"(?:{_MARKER.pattern})+")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\(?\d{1,3}[.)])\s+")

_DOCUMENTS = r"(?:documents?|passages?|context|text|sources?|information)"
_TELL = (
    r"(?:say|state|mention|include|contain|provide|specify|answer|tell|give|explain|discuss|available|provided|given)"
)
_NO_ANSWER = (
    rf"not in the {_DOCUMENTS}",
    r"(?:sorry|unfortunately|i['’]m sorry|i apologi[sz]e)\b.*",
    (
        r"(?:i|we)(?:['’]m| am| are)? (?:sorry|(?:un|not )able|(?:do|could) not|cannot|(?:don|can|couldn)['’]t)\b.*"
        r"\b(?:know|find|say|answer|provide|help|information|knowledge|tell|sure|have)\b.*"
    ),
    (
        rf"(?:(?:the|these|this) )?(?:(?:given|provided|numbered) )?{_DOCUMENTS} (?:(?:provided|given) )?"
        rf"(?:do not|does not|don['’]t|doesn['’]t|did not|is not|are not) {_TELL}\b.*"
    ),
    rf"there is no (?:specific |mention|{_DOCUMENTS})\b.*",
)
_COURTESY = (
    r"(?:yes|no|ok|okay|sure|certainly|of course|hello|hi|thanks|thank you)",
    r"(?:you['’]?re|you are) welcome\b.*",
    r"thank(?:s| you)\b.*",
    r"(?:i['’]m|i am) (?:glad|happy|here)\b.*",
    r"(?:i )?hope (?:this|that)\b.*",
    r"(?:please )?let me know\b.*",
    r"feel free\b.*",
)
_SAYS_NOTHING = re.compile(
    r"(?:(?:i['’]m |i am )?sorry,? but )?(?!.*\b(?:but|however|although|though)\b)"
    rf"(?:{'|'.join(_NO_ANSWER + _COURTESY)})\W*",
    re.IGNORECASE | re.DOTALL,
)
"""An answer that goes on with “but” does say something."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence of an answer."""

    span: Span
    """Its place in the answer, its citations included."""
    text: str
    """Without markup, list marks and citations."""
    cited: tuple[int, ...]
    """Numbers of the passages that it cites, in order."""

    @property
    def is_checked(self) -> bool:
        """Whether it claims something that a passage can support: a question or a courtesy does not."""
        if self.text.endswith(("?", ":")) or _SAYS_NOTHING.fullmatch(self.text):
            return False
        return bool(values(self.text)) or any(term not in STOP_WORDS for term in terms(self.text))


def claims_of(answer: str) -> list[Claim]:
    """The sentences of `answer`, in order."""
    return [
        Claim(
            span=Span(start=start, end=end),
            text=plain(_ITEM.sub("", _MARKER.sub("", answer[start:end]))),
            cited=tuple(dict.fromkeys(_numbers(answer[start:end]))),
        )
        for start, end in _with_their_markers(answer, split_sentences(answer))
    ]


def _numbers(text: str) -> Iterator[int]:
    return (int(number) for marker in _MARKER.finditer(text) for number in re.findall(r"\d+", marker[1]))


def _with_their_markers(answer: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """A citation after the full stop belongs to the sentence before it ("It is £165. [1] The next …")."""
    sentences: list[tuple[int, int]] = []
    for start, end in spans:
        markers = _MARKERS_FIRST.match(answer, start, end)
        if markers and sentences:
            sentences[-1] = sentences[-1][0], markers.end()
            start = end - len(answer[markers.end() : end].lstrip())
        if start < end:
            sentences.append((start, end))
    return sentences
