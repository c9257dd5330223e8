"""Rows of summaries: a model writes several of a section, and one that holds is proposed.

It holds when the passages bear out every sentence, it says what the section is about, is shorter than that by far, and
is no mere copy: whoever learns from it is to do better than the section's own sentences.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePath
from threading import Event

from assistant.citations import without_citations
from assistant.conversations import Choices
from assistant.data_sets.data_set import Proposal
from assistant.data_sets.rows import SUMMARY_TAG, GoldSource, Row
from assistant.events import Finished
from assistant.summarising import Summarising, instruction
from assistant.summarising.turn import numbered
from assistant.synthesis.sampling import passages_of
from ingest.catalogue import Catalogue, Passage
from ingest.index.analysis import STOP_WORDS, terms

_FEWEST_CHARS, _MOST_CHARS = 250, 2400
"""Of a section."""
_MOST_SHARE = 0.5
"""Of a section's words, that its summary has."""
_TOPICS, _COVERED = 12, 0.3
"""Words that a section says oftenest, and the share of them that a summary of it has at least."""
_QUOTED_WORDS = 40
"""Of a passage, by which it is found again."""
_TEMPERATURE = 0.7
"""Of the samples after the first, which is the likeliest."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Section:
    """Passages of a document that follow each other under a common heading."""

    passages: Sequence[Passage]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(passage.text for passage in self.passages)

    @property
    def title(self) -> str:
        """The document and what the section stands under."""
        levels = zip(*(passage.headings for passage in self.passages), strict=False)
        shared = [level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels)]
        return ", ".join([self.passages[0].document, *shared[-1:]])


@dataclass(frozen=True, kw_only=True)
class Summaries:
    """Has summaries written, sample after sample."""

    summarising: Summarising
    catalogue: Catalogue
    choices: Choices
    """Who writes."""
    samples: int
    sentences: int

    def of(self, passage: Passage, stop: Event) -> Iterator[Proposal | str]:
        """The row that is proposed of the section which begins with a passage, and the fault of each sample before.

        Raises:
            BackendError: the model cannot be asked.
        """
        section = self._section(passage)
        if len(section.text) < _FEWEST_CHARS or not self.summarising.extractor.extract(numbered(section.passages), 1):
            yield "too little to summarise"
            return
        question = instruction(section.title, self.sentences)
        for sample in range(self.samples):
            if stop.is_set():
                return
            finished = self._sample(question, section, 0.0 if sample == 0 else _TEMPERATURE, stop)
            summary = without_citations(finished.answer)
            fault = _fault(finished, summary, section)
            if fault is None:
                yield _proposal(question, summary, section, finished, sample + 1)
                return
            yield fault

    def _sample(self, question: str, section: Section, temperature: float, stop: Event) -> Finished:
        turn = self.summarising.ask(
            question, choices=self.choices, given=section.passages, temperature=temperature, stop=stop
        )
        return next(event for event in turn if isinstance(event, Finished))

    def _section(self, passage: Passage) -> Section:
        """With what follows under the heading above its own, as far as there is room: one heading holds little."""
        above = passage.headings[: max(1, len(passage.headings) - 1)]
        taken = [passage]
        room = _MOST_CHARS - len(passage.text)
        for following in passages_of(self.catalogue, passage.version_id):
            if following.ordinal != taken[-1].ordinal + 1:
                continue
            room -= len(following.text)
            if room < 0 or following.headings[: len(above)] != above:
                break
            taken.append(following)
        return Section(passages=taken)


def _fault(finished: Finished, summary: str, section: Section) -> str | None:
    """Why a sample is not proposed."""
    if finished.stop_reason is not None or finished.error is not None or finished.model is None:
        return "failed or stopped"
    if finished.abstained or not summary:
        return "says nothing"
    if finished.unsupported:
        return "not borne out"
    words = len(_WORD.findall(summary))
    if words > _MOST_SHARE * len(_WORD.findall(section.text)):
        return "too long"
    said = set(terms(summary))
    topics = _topics(section)
    if sum(topic in said for topic in topics) < _COVERED * len(topics):
        return "leaves out what it is about"
    if _letters(summary) in _letters(section.text):
        return "a copy"
    return None


def _topics(section: Section) -> list[str]:
    counts = Counter(term for term in terms(section.text) if term not in STOP_WORDS and not term.isdigit())
    return [term for term, _ in counts.most_common(_TOPICS)]


def _proposal(question: str, summary: str, section: Section, finished: Finished, sample: int) -> Proposal:
    first = section.passages[0]
    sources = tuple(
        GoldSource(document=one.document, page=one.page, quote=" ".join(one.text.split()[:_QUOTED_WORDS]))
        for one in section.passages
    )
    name = re.sub(r"\W+", "-", PurePath(first.document).stem.lower()).strip("-")[:40]
    content = "\0".join([question, *(source.quote or "" for source in sources)])
    row = Row(
        id=f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:10]}",
        question=question,
        answers=(summary,),
        sources=sources,
        tags=(SUMMARY_TAG,),
    )
    page = f", page {first.page}" if first.page else ""
    made = f"By {finished.model}, {finished.prompt}, sample {sample}, from {first.document}{page}."
    return Proposal(row=row, notes=(made, "Its passages bear out every sentence."))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
