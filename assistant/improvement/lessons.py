"""Rows as lessons: the very messages that the model will be sent when it serves, with the answer that it is to give."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant import events
from assistant.abstaining import NOT_IN_DOCUMENTS
from assistant.citations import without_citations
from assistant.conversations import Choices
from assistant.data_sets.rows import GoldSource, Row
from assistant.evaluation.answers import contains_gold
from assistant.evaluation.evaluator import RANKED, Asks
from assistant.evaluation.ranking import Ranked, holds, same_document
from assistant.events import Context, Quote, Source
from assistant.improvement.errors import ImprovementError
from assistant.improvement.made import HUMAN, Made
from assistant.improvement.orders import ORDERED, with_order
from assistant.improvement.progress import Progress, Tell
from assistant.improvement.refusing import refusal
from assistant.limits import Limits
from assistant.prompting import excerpt, fit
from assistant.prompts import QUOTE, Prompt
from assistant.rails import Rails
from assistant.support import Support
from ingest.catalogue import Catalogue, Passage
from models.backend import ChatBackend, Message
from models.tuning import Example

_ABSTAINING = 0.5
"""Share of answerable rows that are also shown without what answers them: else it learns that there always is one."""
_MOST_WORDS = 80
"""Of an answer that is learnt: a small model is to be brief."""


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """Makes lessons of rows, with the desk's own search, quotes and prompt. Thread-safe where these are."""

    ask: Asks
    catalogue: Catalogue
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
        """Lessons of all rows; `taught` are a teacher's answers, without citations, by the row's id.

        Each answerable row is shown as it will be served and, so that numbers and places are not learnt by heart, with
        its passages in another order, every other with an order in one of them; every other also without what answers
        it, to be answered with “not in the documents”.

        Raises:
            ImprovementError: it was stopped.
        """
        made, chance = Made(), np.random.default_rng(seed)
        for at, row in enumerate(rows):
            if is_stopped():
                raise ImprovementError("The making of lessons was cancelled; run it again to go on.")
            before = len(made.lessons)
            self._add(made, row, (taught or {}).get(row.id, ()), chance)
            if len(made.lessons) > before:
                made.rows.append(row)
            tell(Progress(stage="making lessons", done=at + 1, total=len(rows)))
        return made

    def gold(self, row: Row) -> Passage | None:
        """The passage that answers a row, where it is on the desk."""
        return next(self._gold_passages(row), None)

    def served(self, row: Row) -> tuple[Message, ...] | None:
        """What a model is sent for a row when it serves; None where nothing is quoted and no model is asked."""
        sources, _, quotes = self._served(row)
        return self._fitted(row, sources, quotes)[0] if quotes else None

    # One row

    def _add(self, made: Made, row: Row, taught: Sequence[str], chance: np.random.Generator) -> None:
        answers = [(text, HUMAN) for text in _cleaned(row.answers[:1])] + [(text, 1.0) for text in _cleaned(taught)]
        said = [text for text, _ in answers]
        reason = refusal(row, said, rails=self.rails, system=self.prompt.system, most_words=_MOST_WORDS)
        if reason:
            made.refused[row.id] = reason
            return
        sources, others, quotes = self._served(row)
        if not row.answerable:
            if quotes:  # else no model is asked when it is served
                made.lessons.append(self._lesson(row, "served", sources, quotes, NOT_IN_DOCUMENTS, HUMAN))
            return
        if not answers:
            made.refused[row.id] = "it has no answer"
            return
        gold = next((source.passage for source in sources if _answers(source.passage, row)), None) or self.gold(row)
        if gold is None:
            made.lost.append(row.id)
            return
        if not all(self._is_supported(answer, gold) for answer, _ in answers):
            made.unsupported.append(row.id)
        for at, (answer, weight) in enumerate(answers):
            if at == 0:
                made.lessons += self._as_served(row, sources, quotes, answer, weight)
            made.lessons.append(self._shuffled(row, gold, sources, quotes, answer, weight, at, chance))
        rest = _numbered([p for p in _passages(sources, others) if not _may_answer(p, row)][: len(sources)])
        if rest and chance.random() < _ABSTAINING:
            made.lessons.append(self._lesson(row, "without", rest, (), NOT_IN_DOCUMENTS, 1.0))

    def _as_served(
        self, row: Row, sources: Sequence[Source], quotes: Sequence[Quote], answer: str, weight: float
    ) -> Iterator[Example]:
        """As it will be served, where what answers stands in what the model is shown."""
        messages, shown = self._fitted(row, sources, quotes)
        held = [
            source.n
            for source in sources
            if source.n in shown
            and _answers(replace(source.passage, text=excerpt(source, quotes, self.limits.excerpt_chars)), row)
        ]
        if quotes and held:
            yield Example(id=f"{row.id}/served", messages=messages, completion=cited(answer, held[0]), weight=weight)

    def _shuffled(
        self,
        row: Row,
        gold: Passage,
        sources: Sequence[Source],
        quotes: Sequence[Quote],
        answer: str,
        weight: float,
        at: int,
        chance: np.random.Generator,
    ) -> Example:
        """With the passage that answers at any place among others."""
        distractors = [source.passage for source in sources if not _may_answer(source.passage, row)]
        distractors = [distractors[i] for i in chance.permutation(len(distractors))]
        chosen = [gold, *distractors[: chance.integers(0, self.limits.model_passages)]]
        chosen = [chosen[i] for i in chance.permutation(len(chosen))]
        numbered = _numbered(chosen)
        n = next(source.n for source in numbered if source.passage.chunk_id == gold.chunk_id)
        centre = _centre(gold, row, n)
        if chance.random() < ORDERED:
            numbered = with_order(numbered, centre, answer, chance)
        messages, _ = self._fitted(row, numbered, (centre,) if centre else ())
        return Example(id=f"{row.id}/shuffled-{at}", messages=messages, completion=cited(answer, n), weight=weight)

    def _lesson(
        self, row: Row, kind: str, sources: Sequence[Source], quotes: Sequence[Quote], answer: str, weight: float
    ) -> Example:
        messages, _ = self._fitted(row, sources, quotes)
        return Example(id=f"{row.id}/{kind}", messages=messages, completion=answer, weight=weight)

    def _fitted(
        self, row: Row, sources: Sequence[Source], quotes: Sequence[Quote]
    ) -> tuple[tuple[Message, ...], Sequence[int]]:
        fitted = fit(
            prompt=self.prompt,
            question=row.question,
            sources=sources,
            quotes=quotes,
            context=_context(row),
            backend=self.backend,
            limits=self.limits,
        )
        return fitted.messages, fitted.numbers

    def _served(self, row: Row) -> tuple[tuple[Source, ...], tuple[Passage, ...], tuple[Quote, ...]]:
        """What a turn finds and quotes for a row."""
        found: tuple[tuple[Source, ...], tuple[Passage, ...]] = ((), ())
        quotes: tuple[Quote, ...] = ()
        choices = Choices(backend="local", prompt=QUOTE)
        for event in self.ask(row.question, choices=choices, context=_context(row), ranked=RANKED, row=row):
            match event:
                case events.Found():
                    found = event.sources, event.others
                case events.Quoted():
                    quotes = event.quotes
        return (*found, quotes)

    def _is_supported(self, answer: str, gold: Passage) -> bool:
        judged = self.support().judge(answer, [Source(n=1, passage=gold)])
        said = contains_gold(f"{gold.header or ''} {gold.text}", [answer])
        return bool(said) or all(one.supported for one in judged)

    def _gold_passages(self, row: Row) -> Iterator[Passage]:
        for document_id, name in self.catalogue.names().items():
            if any(same_document(name, source.document) for source in row.sources):
                passages = self.catalogue.passages_of(document_id)
                yield from (passage for passage in passages if _answers(passage, row))


def cited(answer: str, n: int) -> str:
    """An answer with its citation, before the last full stop."""
    return f"{answer.rstrip().rstrip('.')} [{n}]."


def _cleaned(answers: Sequence[str]) -> list[str]:
    """Without citations of another conversation, and on one line."""
    return [text for answer in answers if (text := " ".join(without_citations(answer).split()))]


def _context(row: Row) -> Context:
    return Context.of([{"role": said.role, "content": said.content} for said in row.history])


def _passages(sources: Sequence[Source], others: Sequence[Passage]) -> list[Passage]:
    return [*(source.passage for source in sources), *others]


def _numbered(passages: Sequence[Passage]) -> tuple[Source, ...]:
    return tuple(Source(n=n, passage=passage) for n, passage in enumerate(passages, start=1))


def _ranked(passage: Passage) -> Ranked:
    last = passage.page_at(max(passage.start, passage.end - 1))
    return Ranked(document=passage.document, text=passage.text, page=passage.page, last_page=last)


def _answers(passage: Passage, row: Row) -> bool:
    """Whether a passage holds one of the row's sources, and its words where the source has none of its own."""
    return any(
        holds(_ranked(passage), source, "quote") and (source.quote or contains_gold(passage.text, row.answers))
        for source in row.sources
    )


def _may_answer(passage: Passage, row: Row) -> bool:
    """Whether a passage might answer the row: then it is no distractor."""
    said = f"{passage.header or ''} {passage.text}"
    if contains_gold(said, row.answers):
        return True
    return any(
        same_document(passage.document, source.document) and holds(_ranked(passage), source, "quote")
        for source in row.sources
    )


def _centre(gold: Passage, row: Row, n: int) -> Quote | None:
    """The place of the passage that its excerpt is to be cut around."""
    for source in row.sources:
        place = _place(gold.text, source, row.answers)
        if place is not None:
            start, end = gold.start + place, gold.start + place + len(source.quote or "")
            return Quote(n=n, passage=gold, text=source.quote or "", start=start, end=end, score=1.0)
    return None


def _place(text: str, source: GoldSource, answers: Sequence[str]) -> int | None:
    for wanted in filter(None, [source.quote, *answers]):
        words = wanted.split()
        found = re.search(r"\s+".join(map(re.escape, words[:6])), text, re.IGNORECASE)
        if found:
            return found.start()
    return None
