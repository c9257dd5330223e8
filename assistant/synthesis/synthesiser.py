"""The one maker of rows from a team's own documents: samples passages, drafts questions, filters, varies."""

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from threading import Event
from typing import Literal

from assistant.backends import Backends
from assistant.data_sets.data_set import Proposal
from assistant.data_sets.rows import GoldSource, Row, RowsError
from assistant.rails import Rails
from assistant.retrieval import UnknownCollection
from assistant.searching import Searching
from assistant.summarising import Summarising
from assistant.synthesis.asking import Model, Rules, Writer
from assistant.synthesis.drafts import Draft, quote_of, sentences_of
from assistant.synthesis.filters import Filters
from assistant.synthesis.sampling import passages_of, sample
from assistant.synthesis.summaries import Summaries
from assistant.synthesis.variations import Subject, can_be_swapped, follow_ups, subjects_of, unanswerable
from ingest.catalogue import Catalogue, Passage
from ingest.index.lexical import LexicalIndex

RULES = "rules"
"""The writer that is no model."""

_MOST_OF_A_PASSAGE = 3
"""Questions, variations aside: more of one passage tell little more."""
_MOST_SUBJECTS_KEPT = 5000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be made."""

    data_set: str
    """Where the rows are proposed; it begins with them where there is none."""
    collections: tuple[str, ...] = ()
    """Whose documents; all where none is named."""
    passages: int = 50
    """How many are read."""
    kind: Literal["questions", "summaries"] = "questions"
    """What is written of them."""
    writer: str = RULES
    """Who drafts: `RULES`, or a kind of backend."""
    model: str | None = None
    seed: int = 0
    """Decides which passages; the same one goes on where an earlier run ended."""
    unanswerable: bool = True
    """Whether questions are made too that nothing answers."""
    follow_ups: bool = True
    samples: int = 4
    """Summaries that are written of a section, until one holds."""
    sentences: int = 3
    """That a summary has at most."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far it is, after each passage."""

    done: int
    total: int
    """Passages."""
    proposed: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Drafts by the fault that was found."""
    elapsed_s: float = 0.0
    fresh: int = 0
    """Passages that were read now, and not by an earlier run."""

    @property
    def drafted(self) -> int:
        """Drafts that the filters have seen."""
        return self.proposed + sum(self.dropped.values())

    @property
    def rate(self) -> float | None:
        """Passages a second; None before the first."""
        return self.fresh / self.elapsed_s if self.fresh and self.elapsed_s else None

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take at this rate."""
        return (self.total - self.done) / self.rate if self.rate else None


class Synthesiser:
    """Proposes rows. Thread-safe."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        searching: Callable[[], Searching],
        lexical: LexicalIndex,
        backends: Backends,
        rails: Rails,
        summarising: Summarising,
    ) -> None:
        self._catalogue = catalogue
        self._summarising = summarising
        self._searching = searching
        self._lexical = lexical
        self._backends = backends
        self._rails = rails

    def check(self, plan: Plan) -> None:
        """See that a plan can be begun.

        Raises:
            UnknownCollection, BackendError, ModelFileError: there is no such collection, backend or model.
            RowsError: rules are to write summaries.
        """
        existing = list(self._catalogue.collections())
        for name in plan.collections:
            if name not in existing:
                there = ", ".join(existing) or "none yet"
                raise UnknownCollection(f"There is no collection “{name}”: choose one of these ({there}).")
        if plan.kind == "summaries":
            self._summaries(plan)
        else:
            self._writer(plan)

    def synthesise(
        self, plan: Plan, *, known: Sequence[Row], stop: Event
    ) -> Iterator[tuple[Progress, Sequence[Proposal]]]:
        """What is proposed of each passage, and how far it is; ends soon when `stop` is set.

        Passages that `known` rows quote are not read again, and none of their questions is asked again.

        Raises:
            UnknownCollection, BackendError, ModelFileError: as `check`.
        """
        self.check(plan)
        making: _Making | _Summing = (
            _Summing(self._summaries(plan)) if plan.kind == "summaries" else self._questions(plan, known)
        )
        chunk_ids = sample(self._catalogue, plan.collections, plan.passages, seed=plan.seed)
        # What questions are made of may be summarised all the same, and the reverse.
        known = [row for row in known if row.is_summary == (plan.kind == "summaries")]
        quoted = _quoted(known)
        began = time.monotonic()
        for done, chunk_id in enumerate(chunk_ids, start=1):
            if stop.is_set():
                return
            passage = self._catalogue.passages([chunk_id]).get(chunk_id)
            proposals: list[Proposal] = []
            if passage is not None:
                text = _letters(passage.text)
                if not any(document == passage.document and quote in text for document, quote in quoted):
                    proposals = list(making.of(passage, stop))
            if stop.is_set():
                return  # what a model began to write is not whole
            if plan.kind == "summaries":  # the rest of a section needs no summary of its own
                quoted += _quoted(proposal.row for proposal in proposals)
            yield making.progress(done, len(chunk_ids), time.monotonic() - began), proposals

    def _questions(self, plan: Plan, known: Sequence[Row]) -> "_Making":
        searching = self._searching()
        filters = Filters(
            retriever=searching.retriever,
            quoter=searching.quoter,
            lexical=self._lexical,
            embedder=searching.embedder,
            collections=plan.collections,
            known=[_whole_question(row) for row in known],
        )
        return _Making(plan=plan, writer=self._writer(plan), filters=filters, catalogue=self._catalogue)

    def _summaries(self, plan: Plan) -> Summaries:
        if plan.writer == RULES:
            raise RowsError("Rules write no summaries: name a writer, “local” or “hosted”.")
        return Summaries(
            summarising=self._summarising,
            catalogue=self._catalogue,
            choices=self._summarising.choices(backend=plan.writer, model=plan.model),
            samples=plan.samples,
            sentences=plan.sentences,
        )

    def _writer(self, plan: Plan) -> Writer:
        if plan.writer == RULES:
            return Rules()
        return Model(backend=self._backends.get(plan.writer, plan.model), rails=self._rails)


class _Counts:
    """What one run has proposed and dropped so far."""

    def __init__(self) -> None:
        self._proposed = 0
        self._fresh = 0
        self._dropped: Counter[str] = Counter()

    def progress(self, done: int, total: int, elapsed_s: float) -> Progress:
        """How far it is."""
        return Progress(
            done=done,
            total=total,
            proposed=self._proposed,
            dropped=dict(self._dropped),
            elapsed_s=elapsed_s,
            fresh=self._fresh,
        )


class _Summing(_Counts):
    """A run that has summaries written."""

    def __init__(self, summaries: Summaries) -> None:
        super().__init__()
        self._summaries = summaries

    def of(self, passage: Passage, stop: Event) -> Iterator[Proposal]:
        """The summary of the section that begins with a passage, where one holds."""
        self._fresh += 1
        for found in self._summaries.of(passage, stop):
            if isinstance(found, str):
                self._dropped[found] += 1
            else:
                self._proposed += 1
                yield found


class _Making(_Counts):
    """A run that makes questions."""

    def __init__(self, *, plan: Plan, writer: Writer, filters: Filters, catalogue: Catalogue) -> None:
        super().__init__()
        self._plan = plan
        self._catalogue = catalogue
        self._writer = writer
        self._filters = filters
        self._subjects: list[Subject] = []

    def of(self, passage: Passage, stop: Event) -> Iterator[Proposal]:
        """The questions of a passage that the filters let pass, with their variations."""
        self._fresh += 1
        candidates = sentences_of([passage])
        drafts = list(self._writer.drafts(candidates, stop=stop))
        self._subjects = [*subjects_of(candidates), *self._subjects][:_MOST_SUBJECTS_KEPT]
        kept = 0
        for draft in drafts:
            if (draft.leans and not draft.history) or kept == _MOST_OF_A_PASSAGE or stop.is_set():
                continue
            proposal = self._looked_at(draft)
            if proposal is None:
                continue
            kept += 1
            yield proposal
            if self._plan.unanswerable and can_be_swapped(draft):
                near = subjects_of(sentences_of(passages_of(self._catalogue, passage.version_id)))
                yield from self._first_good(unanswerable(draft, [*near, *self._subjects], seed=self._plan.seed))
        if self._plan.follow_ups:
            yield from self._first_good(follow_ups(drafts, candidates))

    def _first_good(self, drafts: Iterator[Draft]) -> Iterator[Proposal]:
        good = (proposal for draft in drafts if (proposal := self._looked_at(draft)) is not None)
        first = next(good, None)
        if first is not None:
            yield first

    def _looked_at(self, draft: Draft) -> Proposal | None:
        found = self._filters.look_at(draft)
        if found.fault is not None:
            self._dropped[found.fault] += 1
            return None
        self._proposed += 1
        where = f"{draft.passage.document}, page {page}" if (page := _page(draft)) else draft.passage.document
        made = f"By {self._writer.name}, from {where}."
        return Proposal(row=_row(draft), notes=(made, *draft.notes, *found.notes))


def _row(draft: Draft) -> Row:
    source = GoldSource(document=draft.passage.document, page=_page(draft), quote=quote_of(draft.candidate))
    name = re.sub(r"\W+", "-", PurePath(draft.passage.document).stem.lower()).strip("-")[:40]
    content = "\0".join([draft.passage.document, *(said.content for said in draft.history), draft.question])
    return Row(
        id=f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:10]}",
        question=draft.question,
        answers=(draft.answer,) if draft.answer else (),
        answerable=draft.answerable,
        sources=(source,) if draft.answerable else (),
        history=draft.history,
        tags=(draft.kind,),
    )


def _page(draft: Draft) -> int | None:
    return draft.passage.page_at(draft.candidate.start)


def _quoted(rows: Iterable[Row]) -> list[tuple[str, str]]:
    """What rows are made of: documents with words of theirs."""
    return [(source.document, _letters(source.quote)) for row in rows for source in row.sources if source.quote]


def _whole_question(row: Row) -> str:
    """With the one that it follows, as the filters compare them."""
    earlier = [said.content for said in row.history if said.role == "user"]
    return " ".join([*earlier[:1], row.question])


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
