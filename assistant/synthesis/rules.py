"""Questions made of sentences by rules, without a model: few and plain, and the answer stands in the sentence."""

import re
from collections.abc import Iterator, Sequence

from assistant.quoting.candidates import Candidate
from assistant.synthesis.clauses import asked, clause_of
from assistant.synthesis.drafts import Draft, begins_section, quote_of, text_of
from assistant.synthesis.facts import facts_of, spans_of

_FEWEST_WORDS, _MOST_WORDS = 6, 40
_ACRONYM = re.compile(r"(?P<long>(?:[A-Za-z][\w’'-]+[ -]){1,7}[A-Za-z][\w’'-]+) \((?P<short>[A-Z]{2,6})s?\)")
_HOW_TO = re.compile(r"^How to (?P<rest>[a-z].+)$", re.IGNORECASE)
_ASKS_ALREADY = re.compile(
    r"(?:how|what|when|where|who|whom|which|why|can|do|does|did|is|are|may|must|should|will|am)\b.+\?$", re.IGNORECASE
)
_POINTS_BACK = re.compile(r"(?:It|They|He|She|This|That|These|Those|Such|There|Here|His|Her|Its|Their)\b")


def drafts_of(candidates: Sequence[Candidate]) -> Iterator[Draft]:
    """Questions about the sentences of one passage, those that lean on an earlier one among them."""
    begun: set[str] = set()
    abbreviations: list[Draft] = []
    for candidate in candidates:
        if candidate.heading not in begun:
            begun.add(candidate.heading)
            if begins_section(candidate):
                yield from _of_heading(candidate)
        if candidate.is_row:
            yield from _of_row(candidate)
        elif _FEWEST_WORDS <= len(candidate.text.split()) <= _MOST_WORDS:
            yield from _of_sentence(candidate)
            abbreviations += _of_acronyms(candidate)
    yield from abbreviations[:1]  # they are easy to find, and tell little of how people ask


def _of_heading(candidate: Candidate) -> Iterator[Draft]:
    """A heading that asks is a question, and what stands below it answers, in how many words soever."""
    if candidate.is_row or candidate.text[-1:] not in ".!" or len(candidate.text.split()) < _FEWEST_WORDS:
        return
    how = _HOW_TO.match(candidate.heading.rstrip("."))
    question = f"How do I {how['rest']}" if how else candidate.heading.removesuffix("?")
    if how or _ASKS_ALREADY.match(candidate.heading):
        yield Draft(question=asked(question), answer="", kind="heading", candidate=candidate)


def _of_row(candidate: Candidate) -> Iterator[Draft]:
    """Of a row with named columns: what stands in a column for the thing that its first cell names."""
    columns = candidate.header.strip("| ").split(" | ")
    thing, *cells = candidate.cells
    is_broken = "<br" in quote_of(candidate)
    if len(columns) != len(candidate.cells) or not _is_short(thing) or is_broken:
        return
    for column, cell in zip(columns[1:], cells, strict=True):
        if _is_short(column) and _is_short(cell) and column[0].isalpha() and any(map(str.isdigit, cell)):
            question = f"What is the {column[0].lower()}{column[1:]} of {thing}?"
            yield Draft(question=question, answer=cell, kind="table", candidate=candidate, subject=thing)


def answers_in(candidate: Candidate) -> Iterator[tuple[str, str]]:
    """What a sentence that stands alone tells, to be asked for: its kind, and the words; the surest first."""
    text = text_of(candidate)
    if (
        candidate.is_row
        or text[-1:] != "."
        or _POINTS_BACK.match(text)
        or not _FEWEST_WORDS <= len(text.split()) <= _MOST_WORDS
    ):
        return
    yield from spans_of(text)


def _is_short(cell: str) -> bool:
    return 0 < len(cell.split()) <= 6


def _of_sentence(candidate: Candidate) -> Iterator[Draft]:
    clause = clause_of(text_of(candidate))
    if clause is None:
        return
    for kind, question, answer in facts_of(clause):
        yield Draft(
            question=question,
            answer=answer,
            kind=kind,
            candidate=candidate,
            subject=clause.subject,
            leans=clause.leans,
        )


def _of_acronyms(candidate: Candidate) -> Iterator[Draft]:
    for found in _ACRONYM.finditer(text_of(candidate)):
        words = re.split(r"[ -]", found["long"])
        short = found["short"]
        for begin in range(len(words)):
            initials = "".join(word[0] for word in words[begin:] if word[0].isupper()).upper()
            every = "".join(word[0] for word in words[begin:]).upper()
            if words[begin][0].upper() == short[0] and short in {initials, every}:
                answer = found["long"][len(found["long"]) - _length(found["long"], len(words) - begin) :]
                yield Draft(
                    question=f"What does {short} stand for?",
                    answer=answer,
                    kind="abbreviation",
                    candidate=candidate,
                    subject=short,
                )
                break


def _length(text: str, words: int) -> int:
    """Characters of the last `words` words of a text."""
    return len(text) - [match.start() for match in re.finditer(r"[^ -]+", text)][-words]
