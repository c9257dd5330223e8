"""What a clause tells, and how it is asked for: numbers, sums, dates, places, people, names and definitions."""

import re
from collections.abc import Callable, Iterator

from assistant.quoting.answer_type import MONTH, WEEKDAY
from assistant.quoting.numbers import NUMBER_WORD
from assistant.synthesis.clauses import Clause
from assistant.synthesis.words import word_list

Asked = Iterator[tuple[str, str]]
"""Questions with their answers."""

_MOST_BEFORE = 8
"""Words between a verb and the answer."""
_BREAKS = word_list("breaks_subject") - {"to", "as"}
_NUMBER = rf"(?:\d[\d.,]*(?<![.,])(?: (?:hundred|thousand|million|billion))?|{NUMBER_WORD}(?:-{NUMBER_WORD})?)"
_ABOUT = (
    r"(?:up to|at least|at most|no more than|no fewer than|about|around|approximately|over|more than|less than"
    r"|fewer than|a maximum of|a minimum of|nearly|roughly|only|just|almost)"
)
_QUANTITY = re.compile(
    rf"(?P<before>.*?)\b(?P<prep>within|after|for|every|by|in)? ?(?P<answer>(?:{_ABOUT} )?{_NUMBER})"
    r" (?P<unit>(?:(?:working|business|full|different|consecutive|major|main|[a-z]+a[lr]|[a-z]+ive) )?[a-z]{2,}s)\b"
    r"(?!['’])(?P<after>.*)",
    re.IGNORECASE,
)
_BINDS = word_list("binds")
"""Words before a number that make it part of something else."""
_NO_UNIT = word_list("no_unit")
_MONEY = re.compile(
    rf"(?P<before>.*?)(?P<answer>(?:{_ABOUT} )?[£$€]\d[\d,.]*(?<![.,])(?: (?:million|billion))?)(?P<after>.*)"
)
_DATE = (
    rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?)?{MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?)?(?:,? (?:1\d|20)\d\d)?"
    rf"|(?:1\d|20)\d\d|(?:{WEEKDAY}(?: and {WEEKDAY})?)|\d{{1,2}}[.:]\d\d(?: ?(?:[ap]\.?m\.?|[AP]M))?|noon|midnight)"
)
_WHEN = re.compile(
    rf"(?P<before>.*?)\b(?P<prep>on|in|at|by|until|since|from)(?: the)? (?P<answer>{_DATE})\b(?![-–/]| to | [a-z]+s\b)"
    r"(?P<after>.*)"
)
_PARTICIPLE = re.compile(r"(?:ed|ing|built|made|held|born|known) $")
_OPENED_WHEN = re.compile(rf"^(?P<prep>On|In|At|By|Until|Since|From) (?P<answer>{_DATE})$")
_NAME = r"(?:[A-Z][\w’'&-]*)(?: (?:(?:of|the|de|van|von|and) ){0,2}(?:[A-Z][\w’'&-]*(?:\.(?= [A-Z]))?|\d+\b))*"
_BY_WHOM = re.compile(
    rf"(?P<before>[a-z]+(?:ed|en|wn|un|ght|lt|de|ld|nt) )by (?P<answer>(?:the )?{_NAME})(?P<after>.*)"
)
_WHERE = re.compile(
    rf"(?P<before>.*?\b(?:located|based|held|situated|headquartered|stored|kept|born|buried|published|stands?|lies?|live[sd]?)"
    rf" )(?P<prep>in|at|on|near) (?P<answer>(?:the )?{_NAME})(?P<after>.*)"
)
_CALLED = re.compile(r"(?:called|named|known as|referred to as) (?P<answer>(?:the |an? )?[“\"]?[\w’' -]{3,50}?[”\"]?)$")
_KIND_OF = re.compile(r"^(?P<answer>(?:an?|the|one of the) [a-z].+)$")
_PAYS = word_list("pays")
_PAID = word_list("paid")
_PERSONS = word_list("persons")
_ACTS = word_list("acts")
_ACTS_THEN = word_list("is_for")
_ROLE = re.compile(
    r"^(?:The |An? |Your )?(?:[\w’'-]+ ){0,4}(?:team|manager|officer|director|lead|leads|supervisor|committee|board"
    r"|council|coordinator|administrator|admins?|owner|office|department|division|group|staff|maintainers?|chairs?|editor)$",
)
_PHRASE_END = re.compile(r",(?! \d)|[;:(–—]| - |\b(?:so|because|although|while|and (?:this|that|it))\b")
_CUT = re.compile(
    r",(?!\d)|[;:(–—]| - |\b(?:(?:in|of|for|to|on|at|by|with|from) )?(?:which|whom)\b.*"
    r"|\b(?:and|but|or|who|because|so|while|where|although) .*",
    re.DOTALL,
)


def facts_of(clause: Clause) -> Iterator[tuple[str, str, str]]:
    """Kind, question and answer of each fact that is understood."""
    for kind, ask in _ASKS:
        for question, answer in ask(clause):
            yield kind, question, answer.strip(" ,")


def spans_of(text: str) -> Iterator[tuple[str, str]]:
    """Kind and words of what a sentence tells, the surest first, whether or not its clause is understood."""
    kinds = (("money", _MONEY), ("number", _QUANTITY), ("date", _WHEN), ("place", _WHERE), ("person", _BY_WHOM))
    for kind, pattern in kinds:
        found = pattern.search(text)
        if found:
            unit = f" {found['unit']}" if kind == "number" else ""
            yield kind, f"{found['answer']}{unit}"


def _how_many(clause: Clause) -> Asked:
    found = _QUANTITY.match(clause.rest)
    if not found or found["unit"].split()[-1].lower() in _NO_UNIT or re.search(_DATE, found["answer"]):
        return
    if not _is_plain(found["before"]) or (found["before"].strip() and found["before"].split()[-1].lower() in _BINDS):
        return
    if (found["prep"] or "").lower() == "every":
        yield (
            clause.question("How often", _joined(found["before"], found["after"])),
            f"every {found['answer']} {found['unit']}",
        )
        return
    if _PARTICIPLE.search(f"{found['before'].strip()} ") and clause.auxiliary in {"is", "are", "was", "were"}:
        return  # "was killed in a coup involving five princes"
    of = _whole(found["after"]) if found["after"].startswith(" of ") else ""
    left = _joined(found["before"], "" if of else found["after"])
    prep = f"{found['prep'].lower()} " if found["prep"] else ""
    yield clause.question(f"{prep}how many {found['unit']} {of}", left), f"{found['answer']} {found['unit']}"


def _how_much(clause: Clause) -> Asked:
    found = _MONEY.match(clause.rest)
    if not found or (clause.verb and clause.verb not in _PAYS):
        return
    if found["before"].strip() and not set(found["before"].split()) & (_PAYS | _PAID):
        return
    yield clause.question("How much", _joined(found["before"], found["after"])), found["answer"]


def _when(clause: Clause) -> Asked:
    opened = _OPENED_WHEN.match(clause.opening)
    if opened and _is_whole_date(opened["answer"]) and clause.auxiliary in {"was", "were", "did"}:
        yield clause.question(_when_after(opened["prep"]), _whole(clause.rest)), opened["answer"]
        return
    found = _WHEN.match(clause.rest)
    if found is None or clause.opening or not _is_plain(found["before"]) or not _is_whole_date(found["answer"]):
        return
    if not (clause.verb and _PARTICIPLE.search(found["before"])):  # "replaced a market built in 1808"
        yield clause.question(_when_after(found["prep"]), _joined(found["before"], found["after"])), found["answer"]


def _is_whole_date(text: str) -> bool:
    """Not only a month, which comes every year."""
    return not re.fullmatch(MONTH, text)


def _when_after(preposition: str) -> str:
    before = preposition.lower()
    return "when" if before in {"on", "in", "at"} else f"{before} when"


def _where(clause: Clause) -> Asked:
    found = _WHERE.match(clause.rest if clause.verb == "" else f"{clause.finite} {clause.rest}")
    if found and not clause.verb and not clause.opening:
        yield clause.question("where", _joined(found["before"], found["after"])), found["answer"]


def _by_whom(clause: Clause) -> Asked:
    found = _BY_WHOM.match(clause.rest)
    if found and _is_plain(found["before"]) and clause.auxiliary in {"is", "are", "was", "were"}:
        yield clause.question("who", _joined(f"{found['before']} by", found["after"])), found["answer"]


def _who(clause: Clause) -> Asked:
    """Who does it: the subject is the answer."""
    is_role = bool(_ROLE.match(clause.subject))
    acts = clause.finite in _ACTS or (clause.auxiliary == "is" and clause.rest.split()[0] in _ACTS_THEN)
    if is_role and acts and not clause.opening:
        yield f"Who {clause.finite} {_whole(clause.rest)}?", clause.subject


def _called(clause: Clause) -> Asked:
    found = _CALLED.match(clause.rest)
    if found and not clause.verb:
        yield clause.question("what", clause.rest[: found.start("answer")]), found["answer"].strip('“”"')


def _what(clause: Clause) -> Asked:
    """What it is: a definition."""
    found = _KIND_OF.match(clause.rest)
    if found and clause.auxiliary in {"is", "are"} and not clause.verb and not clause.opening:
        answer = _PHRASE_END.split(found["answer"])[0]
        is_named = any(word[0].isupper() for word in clause.subject.split()[1:]) or clause.subject.split()[0] != "The"
        if is_named and len(clause.subject.split()) <= 5 and not clause.leans and len(answer.split()) >= 3:
            is_person = not _PERSONS.isdisjoint(answer.split()[:4])
            yield clause.question("who" if is_person else "what", ""), answer


_ASKS: tuple[tuple[str, Callable[[Clause], Asked]], ...] = (
    ("number", _how_many),
    ("money", _how_much),
    ("date", _when),
    ("place", _where),
    ("person", _by_whom),
    ("person", _who),
    ("name", _called),
    ("definition", _what),
)


def _is_plain(before: str) -> bool:
    """Whether what stands before an answer is short and one thought: else the answer belongs to something within it.

    Half a range ("2–3 weeks") is no answer either.
    """
    inside = before.split()
    return len(inside) <= _MOST_BEFORE and not re.search(r",|[–-]$", before) and _BREAKS.isdisjoint(inside)


def _joined(before: str, after: str) -> str:
    """What is left of a clause when its answer is taken out, up to where the next thought begins."""
    return f"{before.strip(' ,')} {_whole(after)}".strip()


def _whole(text: str) -> str:
    cut = _CUT.search(text)
    return (text[: cut.start()] if cut else text).strip()
