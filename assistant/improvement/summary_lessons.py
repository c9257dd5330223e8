"""Rows of summaries as lessons: the very messages that the model will be sent, with the summary that it is to write."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.citations import without_citations
from assistant.data_sets.rows import Row
from assistant.events import Context, Source
from assistant.improvement.errors import ImprovementError
from assistant.improvement.made import HUMAN, Made
from assistant.improvement.orders import ORDERED, with_order
from assistant.improvement.progress import Progress, Tell
from assistant.improvement.refusing import refusal
from assistant.limits import Limits
from assistant.prompting import fit
from assistant.prompts import Prompt
from assistant.rails import Rails
from assistant.summarising import Summarising, sentences_of
from assistant.summarising.turn import OF_A_SECTION, cut, numbered, reading_all
from assistant.support import Support
from ingest.catalogue import Passage
from models.backend import ChatBackend, Message
from models.tuning import Example

_MOST_WORDS = 250
"""Of a summary that is learnt."""


@dataclass(frozen=True, kw_only=True)
class SummaryLessons:
    """Makes lessons of rows of summaries. Thread-safe where its parts are."""

    summarising: Summarising
    backend: ChatBackend
    """The student as it is: it counts tokens."""
    prompt: Prompt
    limits: Limits
    rails: Rails
    support: Callable[[], Support]

    def make(
        self,
        rows: Sequence[Row],
        *,
        taught: Mapping[str, Sequence[str]] | None = None,
        seed: int = 0,
        tell: Tell,
        is_stopped: Callable[[], bool],
    ) -> Made:
        """Lessons of all rows: as each will be served and, every other time, with an order in one of its passages.

        Raises:
            ImprovementError: it was stopped.
        """
        made, chance = Made(), np.random.default_rng(seed)
        for at, row in enumerate(rows):
            if is_stopped():
                raise ImprovementError("The making of lessons was cancelled; run it again to go on.")
            before = len(made.lessons)
            self._add(made, row, chance)
            if len(made.lessons) > before:
                made.rows.append(row)
            tell(Progress(stage="making lessons", done=at + 1, total=len(rows)))
        return made

    def gold(self, row: Row) -> Passage | None:
        """None: who teaches to summarise proposes rows, which people approve."""
        return None

    def served(self, row: Row) -> tuple[Message, ...] | None:
        """What a model is sent for a row when it serves; of a long document, at the end.

        What it makes of the sections is not known before it is made: their best sentences stand for it.
        """
        sources = numbered(self.summarising.passages(row))
        return self._fitted(row, self._read(row, sources)) if sources else None

    def _add(self, made: Made, row: Row, chance: np.random.Generator) -> None:
        summaries = [text for answer in row.answers[:1] if (text := " ".join(without_citations(answer).split()))]
        reason = refusal(row, summaries, rails=self.rails, system=self.prompt.system, most_words=_MOST_WORDS)
        if reason or not summaries:
            made.refused[row.id] = reason or "it has no summary"
            return
        sources = numbered(self.summarising.passages(row))
        if not sources:
            made.lost.append(row.id)
            return
        [summary] = summaries
        if self.support().unsupported(summary, sources):
            made.unsupported.append(row.id)
        read = self._read(row, sources)
        lesson = Example(id=f"{row.id}/served", messages=self._fitted(row, read), completion=summary, weight=HUMAN)
        made.lessons.append(lesson)
        if chance.random() < ORDERED:
            ordered = with_order(read, None, "", chance)
            messages = self._fitted(row, ordered)
            made.lessons.append(replace(lesson, id=f"{row.id}/ordered", messages=messages))

    def _read(self, row: Row, sources: Sequence[Source]) -> Sequence[Source]:
        """What the last round reads."""
        pieces = sources
        while len(sections := cut(pieces, self.backend, self.prompt, row.question, self.limits)) > 1:
            pieces = [Source(n=n, passage=self._shortened(section)) for n, section in enumerate(sections, start=1)]
        return sections[0] if sections else pieces

    def _shortened(self, section: Sequence[Source]) -> Passage:
        said = [quote.text for quote in self.summarising.extractor.extract(section, OF_A_SECTION)]
        first = section[0].passage
        return replace(first, text=" ".join(said) or first.text, header=None)

    def _fitted(self, row: Row, read: Sequence[Source]) -> tuple[Message, ...]:
        limits = reading_all(self.limits, read, sentences_of(row.question))
        return fit(
            prompt=self.prompt,
            question=row.question,
            sources=read,
            quotes=(),
            context=Context(),
            backend=self.backend,
            limits=limits,
        ).messages
