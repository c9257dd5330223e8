"""Which drafts are worth a person's time: each filter looks for one fault and says it in words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.events import Source
from assistant.quoting import Quoter, quotes_of
from assistant.quoting.evidence import Question
from assistant.retrieval import Retrieval, Retriever
from assistant.rewriting import background
from assistant.synthesis.drafts import Draft, text_of
from ingest.catalogue import Passage
from ingest.index.analysis import STOP_WORDS, terms
from ingest.index.lexical import LexicalIndex
from ingest.plain import plain
from models.embedding import Embedder

_RANKED = 10
"""Passages looked at: a question that does not find its own among them is not specific enough."""
_ALIKE = 0.9
"""Cosine from which two questions are the same."""
_ANSWERS = 0.6
"""Share of an unanswerable question's words, its new name aside, beside which that name must not be found."""

_FEWEST_TERMS = 3
"""Words beside stop words, in a question without any name."""
_GENERIC = re.compile(
    r"\b(?:passages?|texts?|excerpts?|paragraphs?|sentences?|articles?|authors?|above|below|following|mentioned"
    r"|according to|this (?:document|section|page|guide)|the (?:document|section|page))\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|hers|this|that one|these|those|such|there(?=\?)"
    r"|the (?:same|former|latter|other))\b",
    re.IGNORECASE,
)
_ASKS_FOR = {
    "number": re.compile(r"\bhow (?:many|much|often|long|far|old)\b", re.IGNORECASE),
    "money": re.compile(r"\bhow much\b|\b(?:cost|price|fee|amount|sum|worth)\b", re.IGNORECASE),
    "date": re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|time|century)\b", re.IGNORECASE),
    "place": re.compile(r"\b(?:where|what|which)\b(?! (?:year|time|day)\b)", re.IGNORECASE),
    "person": re.compile(r"\b(?:who|whom|whose|what|which)\b(?! (?:year|time|day)\b)", re.IGNORECASE),
}
"""How a question for each kind of answer is put."""
_BROKEN = re.compile(r"[\[\]{}<>|*_`#]|https?:|\b(\w+) \1\b|\bbetween \S+\?$|\b(?:a|an|the|and|or|is|are|my) ?\?$")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the filters found."""

    fault: str | None
    """Why the draft is dropped, in words; None where nothing speaks against it."""
    notes: tuple[str, ...] = ()
    """For who reviews it."""


class Filters:
    """Looks drafts over; remembers the questions that it has let pass, so that none passes twice. Not thread-safe."""

    def __init__(
        self,
        *,
        retriever: Retriever,
        quoter: Quoter,
        lexical: LexicalIndex,
        embedder: Embedder,
        collections: Sequence[str],
        known: Sequence[str],
    ) -> None:
        """`known` are the questions that there are already."""
        self._retriever = retriever
        self._quoter = quoter
        self._lexical = lexical
        self._embedder = embedder
        self._collections = collections
        self._questions = {_normal(question) for question in known}
        self._vectors: list[NDArray[np.float32]] = list(embedder.sentences(known))

    def look_at(self, draft: Draft) -> Found:
        """Look for a fault; a draft without one is remembered."""
        fault = next(_faults_of_wording(draft), None)
        if fault is not None:
            return Found(fault=fault)
        asked = background(draft.question, [said.content for said in draft.history if said.role == "user"])
        whole = f"{asked} {draft.question}".lstrip()
        vector = self._embedder.sentences([whole])[0]
        if self._is_known(whole, vector):
            return Found(fault="a duplicate")
        retrieval = self._retriever.search(draft.question, k=_RANKED, collections=self._collections, background=asked)
        found = self._answered(draft, retrieval, asked) if draft.answerable else self._unanswered(draft, retrieval)
        if found.fault is None:
            self._questions.add(_normal(whole))
            self._vectors.append(vector)
        return found

    def _is_known(self, question: str, vector: NDArray[np.float32]) -> bool:
        if _normal(question) in self._questions:
            return True
        return bool(self._vectors) and float(np.max(np.stack(self._vectors) @ vector)) > _ALIKE

    def _answered(self, draft: Draft, retrieval: Retrieval, asked: str) -> Found:
        """Whether it can be answered with its passage, and only with it."""
        quote = _normal(text_of(draft.candidate))
        holds = [
            quote in _normal(plain(passage.text)) or _is_same(passage, draft.passage) for passage in retrieval.passages
        ]
        if True not in holds:
            return Found(fault="not specific: its own passage is not found")
        others = [passage for passage, it_does in zip(retrieval.passages, holds, strict=True) if not it_does]
        sources = [Source(n=n, passage=passage) for n, passage in enumerate(others, start=1)]
        weighed = self._quoter.weigh(draft.question, retrieval, sources, background=asked)
        quotes = quotes_of(weighed, most=2)
        answer = _normal(draft.answer)
        if answer and any(f" {answer} " in f" {_normal(one.text)} " for one in quotes):
            return Found(fault="answered elsewhere too")
        return Found(fault=None, notes=(f"Search finds its passage at rank {holds.index(True) + 1}.",))

    def _unanswered(self, draft: Draft, retrieval: Retrieval) -> Found:
        """Whether nothing on the desk speaks of the new name together with what is asked of it."""
        name = set(terms(draft.subject)) - STOP_WORDS
        weights = {term: w for term, w in self._lexical.weights(draft.question).items() if term not in name}
        question = Question(text=draft.question, weights=weights)
        for passage in retrieval.passages:
            held = frozenset(terms(" ".join([passage.text, *passage.headings, passage.title or "", passage.document])))
            if name <= held and question.coverage(held) > _ANSWERS:
                return Found(fault="perhaps answered after all")
        best = max(retrieval.passages, key=lambda passage: passage.score, default=None)
        near = f" The nearest passage is in {best.document}." if best else ""
        return Found(fault=None, notes=(f"No passage speaks of “{draft.subject}” and of what is asked.{near}",))


def _faults_of_wording(draft: Draft) -> Iterator[str]:
    """What is wrong with the words alone."""
    question, sentence = draft.question, text_of(draft.candidate)
    words = question.split()
    if not question.endswith("?") or not 4 <= len(words) <= 30 or _BROKEN.search(question):
        yield "no whole question"
    if _GENERIC.search(question):
        yield "a question about any text"
    if not draft.history and (draft.leans or _LEANS.search(question)):
        yield "leans on something that was said before"
    if _normal(question) in _normal(sentence) or _normal(sentence) in _normal(question):
        yield "a copy of its sentence"
    if not draft.history and not _names_something(question):
        yield "not specific: it names nothing"
    if draft.answerable and draft.answer:
        yield from _faults_of_answer(draft)


def _names_something(question: str) -> bool:
    """Whether it holds a name, a figure, or enough other words that mean something."""
    named = any((word[0].isupper() and word != "I") or word[0].isdigit() for word in question.split()[1:])
    return named or len(set(terms(question)) - STOP_WORDS) >= _FEWEST_TERMS


def _faults_of_answer(draft: Draft) -> Iterator[str]:
    answer = _normal(draft.answer)
    if not answer or f" {answer} " not in f" {_normal(plain(draft.passage.text))} {_normal(text_of(draft.candidate))} ":
        yield "the answer is not in the passage"
    if draft.kind in _ASKS_FOR and not _ASKS_FOR[draft.kind].search(draft.question):
        yield "it asks for another kind of thing than its answer"
    told = set(terms(draft.answer)) - STOP_WORDS
    if told and told <= set(terms(draft.question)):
        yield "the question tells its answer"
    if _BROKEN.search(draft.answer) or _LEANS.search(draft.answer) or re.search(r"\bthat \w+$", draft.answer):
        yield "the answer does not stand alone"


def _is_same(one: Passage, other: Passage) -> bool:
    return one.chunk_id == other.chunk_id


def _normal(text: str) -> str:
    """Words in small letters with a blank between."""
    return " ".join(re.findall(r"[\w£$€%]+", text.casefold()))
