"""Questions as they are drafted, before any filter has seen them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from assistant.events import Source
from assistant.quoting.candidates import Candidate, candidates_of
from ingest.catalogue import Passage
from ingest.plain import plain
from models.backend import Message


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A question about a sentence of a passage."""

    question: str
    answer: str
    """As it stands in the sentence; empty where nothing answers, or only a whole section does."""
    kind: str
    """What it asks for or how it was made: number, date, definition, follow-up, …; the row's tag."""
    candidate: Candidate
    """The sentence."""
    subject: str = ""
    """What it is about, as the sentence calls it."""
    leans: bool = False
    """Whether it makes sense only after another question."""
    history: tuple[Message, ...] = ()
    answerable: bool = True
    notes: tuple[str, ...] = field(default=())

    @property
    def passage(self) -> Passage:
        """Where the sentence stands."""
        return self.candidate.source.passage


def sentences_of(passages: Iterable[Passage]) -> list[Candidate]:
    """Sentences and table rows of passages, in reading order within each."""
    return candidates_of(Source(n=n, passage=passage) for n, passage in enumerate(passages, start=1))


def text_of(candidate: Candidate) -> str:
    """A sentence on one line."""
    return " ".join(candidate.text.split())


def quote_of(candidate: Candidate) -> str:
    """A sentence in its document's own words: with markup only where that stands between the words."""
    passage = candidate.source.passage
    raw = " ".join(passage.text[candidate.start - passage.start : candidate.end - passage.start].split())
    return text_of(candidate) if _words(raw) == _words(candidate.text) else raw


def begins_section(candidate: Candidate) -> bool:
    """Whether the passage holds the sentence's heading, and it is the first thing below."""
    passage = candidate.source.passage
    before = plain(passage.text[: candidate.start - passage.start])
    return bool(candidate.heading) and before.strip().endswith(candidate.heading)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
