"""Further questions made of good ones: follow-ups, and questions that the documents do not answer."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.quoting.candidates import Candidate
from assistant.synthesis.clauses import clause_of, lowered
from assistant.synthesis.drafts import Draft, text_of
from ingest.index.analysis import STOP_WORDS, terms
from models.backend import Message

_NEAR = 2
"""Sentences between which somebody still speaks of the same thing."""
_NAMED = re.compile(r"(?!The |A |An |All |Each |Every )(?:[A-Z][\w’'-]+)(?: (?:of |the |and )*(?:[A-Z][\w’'-]+|\d+))*$")
_ABOUT_SOMETHING = {"number", "money", "date", "place", "person", "name", "written"}
"""Kinds of question that can be asked of something else as well."""
_MOST_TRIED = 4


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a sentence speaks of by name."""

    name: str
    verbs: frozenset[str]
    """What it does, or what is done to it, as terms."""


def follow_ups(drafts: Sequence[Draft], candidates: Sequence[Candidate]) -> Iterator[Draft]:
    """Questions that somebody may ask next, about the same thing and the next fact of it, with what was said before.

    A sentence about "it" follows one that names it; or two questions are about the same thing.
    """
    for draft in drafts:
        at = candidates.index(draft.candidate)
        for before in candidates[max(0, at - _NEAR) : at][::-1]:
            if before.heading != draft.candidate.heading or before.is_row:
                continue
            for asked, question in _asked_before(draft, before, drafts):
                said = (
                    Message(role="user", content=asked),
                    Message(role="assistant", content=text_of(before)),
                )
                yield replace(draft, question=question, kind="follow-up", leans=True, history=said)
            if draft.leans:
                break  # the pronoun is for what the nearest sentence names


def _asked_before(draft: Draft, before: Candidate, drafts: Sequence[Draft]) -> Iterator[tuple[str, str]]:
    """A question that the sentence before answers, and `draft` as it is asked then."""
    if draft.leans:
        clause = clause_of(text_of(before))
        if clause is not None and not clause.leans:
            yield f"What is said about {lowered(clause.subject)}?", draft.question
        return
    for first in drafts:
        question = _leaning(draft, first) if first.candidate is before and not first.leans else None
        if question is not None:
            yield first.question, question


def _leaning(draft: Draft, first: Draft) -> str | None:
    """With a pronoun in the place of the subject that both have."""
    if (
        not draft.subject
        or draft.subject.casefold() != first.subject.casefold()
        or draft.subject.lower() in {"you", "we", "i"}
    ):
        return None
    is_many = re.search(r"\b(?:are|were|do|have)\b", draft.question.split(draft.subject[1:])[0]) is not None
    begun = re.compile(rf"(?<= ){re.escape(draft.subject)}(?= |\?)", re.IGNORECASE)
    question, replaced = begun.subn("they" if is_many else "it", draft.question, count=1)
    return question if replaced else None


def subjects_of(candidates: Sequence[Candidate]) -> Iterator[Subject]:
    """What the sentences speak of by name."""
    for candidate in candidates:
        clause = None if candidate.is_row else clause_of(text_of(candidate))
        if clause is not None and not clause.leans and _NAMED.match(clause.subject):
            acts = terms(clause.verb) if clause.verb else set(terms(clause.rest.split()[0])) - STOP_WORDS
            yield Subject(name=clause.subject, verbs=frozenset(acts))


def can_be_swapped(draft: Draft) -> bool:
    """Whether it asks of something by its name what could be asked of another thing."""
    return draft.kind in _ABOUT_SOMETHING and bool(_NAMED.match(draft.subject)) and draft.subject in draft.question


def unanswerable(draft: Draft, subjects: Sequence[Subject], *, seed: int) -> Iterator[Draft]:
    """`draft` asked of something else: of `subjects` with which the same is done somewhere, or which do the same.

    Whether really nothing answers it is for the filters to find.
    """
    asked = set(terms(draft.question))
    said = f"{draft.question} {text_of(draft.candidate)}".casefold()
    others = {one.name for one in subjects if one.verbs & asked and one.name.casefold() not in said}
    tried = sorted(others, key=lambda name: hashlib.sha256(f"{seed}\0{draft.question}\0{name}".encode()).digest())
    for name in tried[:_MOST_TRIED]:
        yield replace(
            draft,
            question=draft.question.replace(draft.subject, name, 1),
            answer="",
            kind="unanswerable",
            subject=name,
            answerable=False,
            notes=(f"As “{draft.question}”, which is answered, but of “{name}”.",),
        )
