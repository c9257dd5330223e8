"""English sentences taken apart at their verb, and put together again as questions; by simple patterns."""

import re
from dataclasses import dataclass

from assistant.synthesis.words import IRREGULAR, word_list

_AUXILIARIES = word_list("auxiliaries")
_BASES = word_list("verbs")


def _third_person(base: str) -> str:
    if base == "have":
        return "has"
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ies"
    return f"{base}es" if base.endswith(("s", "sh", "ch", "x", "o")) else f"{base}s"


def _past(base: str) -> str:
    if base in word_list("doubled"):
        return f"{base}{base[-1]}ed"
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ied"
    return f"{base}d" if base.endswith("e") else f"{base}ed"


_VERBS = (
    {base: ("do", base) for base in _BASES}
    | {_past(base): ("did", base) for base in _BASES if base not in IRREGULAR.values()}
    | {past: ("did", base) for past, base in IRREGULAR.items()}
    | {_third_person(base): ("does", base) for base in _BASES}
)
"""Auxiliary and base of each form that is known."""

_OPENING = re.compile(
    r"^(?P<when>(?:In|On|At|By|After|Before|During|From|Since|Until|As of|Within|For) [^,;:()]{2,60}), (?=\w)"
)
_BREAKS_SUBJECT = word_list("breaks_subject")
_LEANING = re.compile(r"^(?:It|They|He|She)$")
_FUNCTION = word_list("function")
_OPENINGS = word_list("openings")
_STARTS_COMPLEMENT = re.compile(
    r"^(?:[£$€]?\d|[A-Z(\"“]|(?:a|an|the|all|at|by|for|from|in|into|its|their|of|on|over|to|up|with|within|until|about|between|more"
    r"|less|only|every|each|your|our|any|no|open|closed|free|valid|available|one|two|three|four|five|six|seven|eight|nine|ten|several|many|both)\b)"
)
_OF_A_PLACE = re.compile(r"(?:an|ish|ese|ch|[^aeiou]ic)$")
"""Adjectives that are written with a capital anywhere."""
_ALWAYS_SMALL = _FUNCTION | {"you", "we", "all", "each", "every", "any", "most", "some", "it", "they", "he", "she"}
_END = re.compile(r"[.!]$")
_MOST_SUBJECT_WORDS = 8


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A sentence that says one thing of one subject."""

    subject: str
    auxiliary: str
    """What moves before the subject in a question: is, must, does, …"""
    verb: str
    """What then stays behind the subject: empty after a form of be."""
    finite: str
    """The verb as the sentence has it, auxiliary included."""
    rest: str
    """All behind it, without the stop."""
    opening: str
    """A phrase before the subject ("In 1990"); empty where there is none."""
    leans: bool
    """Whether the subject is a pronoun for what was named before."""

    def question(self, asks: str, rest: str) -> str:
        """A question that begins with `asks`, with what is left of the clause behind."""
        words = [asks, self.auxiliary, lowered(self.subject), self.verb, rest]
        return asked(" ".join(filter(None, (word.strip() for word in words))))


def clause_of(sentence: str) -> Clause | None:
    """The clause that a sentence is, or None where it is another kind or not understood."""
    if not _END.search(sentence) or not sentence[:1].isupper():
        return None
    text = _END.sub("", sentence)
    opened = _OPENING.match(text)
    opening = opened["when"] if opened else ""
    words = (text[opened.end() :] if opened else text).split()
    at = next((at for at, word in enumerate(words[: _MOST_SUBJECT_WORDS + 1]) if at and _is_verb(words, at)), None)
    if at is None:
        return None
    subject, finite, rest = words[:at], words[at], words[at + 1 :]
    leans = len(subject) == 1 and bool(_LEANING.match(subject[0]))
    if not leans and not _can_be_subject(subject):
        return None
    auxiliary, verb = (finite, "") if finite in _AUXILIARIES else _VERBS[finite]
    if auxiliary not in {"is", "are", "was", "were"} and not verb:
        verb, rest = " ".join(rest[:1]), rest[1:]  # "must submit": the verb stays behind the subject
        finite = f"{finite} {verb}"
        if not verb.isalpha() or not verb.islower() or verb in {"not", "also", "only", "have", "be", "has"}:
            return None
    if not rest or rest[0] in {"not", "no"}:
        return None
    return Clause(
        subject=" ".join(subject),
        auxiliary=auxiliary,
        verb=verb,
        finite=finite,
        rest=" ".join(rest),
        opening=opening,
        leans=leans,
    )


def _is_verb(words: list[str], at: int) -> bool:
    word = words[at]
    if word in _AUXILIARIES:
        return True
    if word not in _VERBS or at + 1 >= len(words):
        return False
    auxiliary = _VERBS[word][0]
    before, after = words[at - 1], " ".join(words[at + 1 :])
    if before.lower() in _FUNCTION or before.endswith(("'s", "’s", "s'", "s’")) or not _can_follow(after, auxiliary):
        return False
    if auxiliary == "did" and re.search(r"\b(?:is|are|was|were|has|have|had)\b", re.split(r",|\band\b", after)[0]):
        return False  # a participle: "the treaty signed in 1990 was …"
    if auxiliary == "do":
        return before.lower() in {"you", "we", "i"} or (before.endswith("s") and not before.endswith("ss"))
    return True


def _can_follow(after: str, auxiliary: str) -> bool:
    """Whether a verb can have this behind it; a third person ("approves") anything that is no verb itself."""
    is_verb = re.match(r"\w+ed\b|(?:is|are|was|were|can|may|must|will|should|has|have|and|or)\b", after)
    is_plain = auxiliary == "does" and after[:1].islower() and not is_verb
    return is_plain or bool(_STARTS_COMPLEMENT.match(after))


def _can_be_subject(words: list[str]) -> bool:
    if len(words) > _MOST_SUBJECT_WORDS or words[-1].lower() in _FUNCTION or not words[0][:1].isupper():
        return False
    if words[0].lower() in _OPENINGS:
        return False
    if any(word.lower() in _BREAKS_SUBJECT or (word in _VERBS and word not in _BASES) for word in words):
        return False
    return not re.search(r"[,;:()\"“”]|https?:", " ".join(words))


def lowered(subject: str) -> str:
    """As it stands inside a sentence: "The team" begins small, names do not."""
    first, _, rest = subject.partition(" ")
    is_plain = re.fullmatch(r"[A-Z][a-z-]+", first) is not None
    next_word = rest.split(" ")[0]
    is_described = next_word[:1].islower() and next_word not in _FUNCTION and not _OF_A_PLACE.search(first)
    is_plural = (not rest or next_word in _FUNCTION) and first.endswith("s") and not first.endswith("ss")
    if first.lower() in _ALWAYS_SMALL or (is_plain and (is_described or is_plural)):
        return f"{first.lower()} {rest}".strip()
    return subject


def asked(question: str) -> str:
    """A question without its mark as the one who asks says it: I where the document says you."""
    text = re.sub(r"\s+([,.;:])", r"\1", re.sub(r"\s+", " ", question)).strip(" ,;:–—-")
    text = re.sub(r"\b(are|were) you\b", lambda found: {"are": "am I", "were": "was I"}[found[1]], text)
    text = re.sub(r"\b(do|does|did|can|could|may|might|must|will|would|should) you\b", r"\1 I", text)
    text = re.sub(r"\byour\b", "my", re.sub(r"\byourself\b", "myself", text))
    text = re.sub(r"\byou (are|were)\b", lambda found: {"are": "I am", "were": "I was"}[found[1]], text)
    text = re.sub(r"\byou (?=(?:have|need|want|get|do|can|must|will|use|work|leave|take|join|plan|know)\b)", "I ", text)
    text = re.sub(r"\byou\b", "me", text)
    return f"{text[:1].upper()}{text[1:]}?"
