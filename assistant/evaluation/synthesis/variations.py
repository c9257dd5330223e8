"""Further questions made of good ones: follow-ups, and questions that the documents do not answer."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.evaluation.synthesis.clauses import clause_of
from assistant.evaluation.synthesis.drafts import Draft, text_of
from assistant.quoting.candidates import Candidate
from models.backend import Message

_NEAR = 2
"""Sentences between which somebody still speaks of the same thing."""
_NAMED = re.compile(r"(?!The |A |An |All |Each |Every )(?:[A-Z][\w’'-]+)(?: (?:of |the |and )*(?:[A-Z][\w’'-]+|\d+))*$")
_STATES = ("is", "are", "was", "were")
_ABOUT_SOMETHING = {"number", "money", "date", "place", "person", "name", "written"}
"""Kinds of question that can be asked of something else as well."""
_MOST_TRIED = 4


@dataclass(frozen=True)
class Subject:
    """What a sentence speaks of."""

    name: str
    does: bool
    """Whether it does something, and not only is something."""


def follow_ups(first: Draft, drafts: Sequence[Draft], candidates: Sequence[Candidate]) -> Iterator[Draft]:
    """Questions that somebody may ask after the answer to `first`, about the same thing and the next fact of it."""
    at = candidates.index(first.candidate)
    for draft in drafts:
        distance = candidates.index(draft.candidate) - at
        if not 0 < distance <= _NEAR or draft.candidate.heading != first.candidate.heading or not first.subject:
            continue
        question = draft.question if draft.leans else _leaning(draft, first)
        if question is not None:
            said = (
                Message(role="user", content=first.question),
                Message(role="assistant", content=text_of(first.candidate)),
            )
            yield replace(draft, question=question, kind="follow-up", leans=True, history=said)


def _leaning(draft: Draft, first: Draft) -> str | None:
    """With a pronoun in the place of the subject that both have."""
    if draft.subject.casefold() != first.subject.casefold() or draft.subject.lower() in {"you", "we", "i"}:
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
            yield Subject(name=clause.subject, does=clause.auxiliary not in _STATES)


def unanswerable(draft: Draft, subjects: Sequence[Subject], *, seed: int) -> Iterator[Draft]:
    """`draft` asked of something else that the documents name and that does, or is, things like it.

    Whether really nothing answers it is for the filters to find.
    """
    does = re.match(rf".*\b(?:{'|'.join(_STATES)})\b", draft.question) is None
    at = draft.question.find(draft.subject) if _NAMED.match(draft.subject) else -1
    if at < 0 or draft.kind not in _ABOUT_SOMETHING:
        return
    others = {
        one.name
        for one in subjects
        if one.does == does and one.name.casefold() not in f"{draft.question} {text_of(draft.candidate)}".casefold()
    }
    tried = sorted(others, key=lambda name: hashlib.sha256(f"{seed}\0{draft.question}\0{name}".encode()).digest())
    for name in tried[:_MOST_TRIED]:
        yield replace(
            draft,
            question=f"{draft.question[:at]}{name}{draft.question[at + len(draft.subject) :]}",
            answer="",
            kind="unanswerable",
            subject=name,
            answerable=False,
            notes=(f"As “{draft.question}”, which is answered, but of “{name}”.",),
        )
