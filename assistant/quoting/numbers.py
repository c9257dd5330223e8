"""Numbers in a text: "1,000", "a thousand" and the "6 to 9" that seven falls into."""

import re
from collections.abc import Sequence
from itertools import pairwise
from math import inf

from assistant.quoting.candidates import Candidate
from ingest.index.analysis import terms

_UNITS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_VALUES = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}

NUMBER_WORD = rf"(?:{'|'.join([*_UNITS[::-1], *_TENS])})"
"""A pattern for "seven" and "twenty"."""
SCALE_WORD = rf"(?:{'|'.join(_SCALES)})"
"""A pattern for "thousand"."""

_NUMBER = re.compile(
    r"(?<![\w.])[£$€]?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?!\d)"
    rf"(?:[ -](?P<scale>{SCALE_WORD})\b)?"
    rf"|\b(?P<words>(?:a|{NUMBER_WORD})(?:[ -]{NUMBER_WORD})?[ -]{SCALE_WORD}|{NUMBER_WORD}(?:-{NUMBER_WORD})?)\b",
    re.IGNORECASE,
)
_REST_OF_TOKEN = re.compile(r"[\w-]*")
_FROM_TO = re.compile(r"\s*(?:to|–|-)\s*", re.IGNORECASE)
_FROM = re.compile(r"(?:over|above|more than|from)\b|.*\b(?:or more|or over|and over)\b", re.IGNORECASE)
_UP_TO = re.compile(r"(?:up to|under|below|less than|fewer than)\b", re.IGNORECASE)

Band = tuple[float, float]


def numbers_in(text: str) -> list[tuple[int, int, float]]:
    """Start, end and value of each number, in order."""
    return [(match.start(), match.end(), _value(match)) for match in _NUMBER.finditer(text)]


def values(text: str) -> frozenset[float]:
    """The numbers in a text."""
    return frozenset(value for _, _, value in numbers_in(text))


def number_terms(question: str) -> dict[str, float]:
    """The terms of a question that are numbers, or parts of one, with its value."""
    found: dict[str, float] = {}
    for start, end, value in numbers_in(question):
        rest = _REST_OF_TOKEN.match(question, end)
        number = set(terms(question[start:end]))
        # "42-foot" is also indexed as one term: whoever asks for it asks for the number in it.
        compound = (term for term in terms(question[start : rest.end() if rest else end]) if not term.isalpha())
        found.update(dict.fromkeys([*number, *compound], value))
    return found


def stated(numbers: dict[str, float], candidate: Candidate) -> frozenset[str]:
    """Those of a question's `numbers` that a candidate gives, in words or figures, or has in one of its bands."""
    if not numbers:
        return frozenset()
    given, within = values(candidate.text), bands(candidate)
    return frozenset(
        term
        for term, value in numbers.items()
        if value in given or any(lowest <= value <= highest for lowest, highest in within)
    )


def bands(candidate: Candidate) -> list[Band]:
    """The ranges that a candidate gives, ends included: "36 to 50 feet", and "10 or more" as a table's cell."""
    closed = [
        (low, high)
        for (_, end, low), (start, _, high) in pairwise(numbers_in(candidate.text))
        if low < high and _FROM_TO.fullmatch(candidate.text, end, start)
    ]
    return closed + ([band for cell in candidate.cells for band in _open_bands(cell)] if candidate.is_row else [])


def _open_bands(cell: str) -> Sequence[Band]:
    found = numbers_in(cell)
    if len(found) != 1:
        return ()
    value = found[0][2]
    if _UP_TO.match(cell):
        return ((0.0, value),)
    return ((value, inf),) if _FROM.match(cell) else ()


def _value(match: re.Match[str]) -> float:
    if match["digits"]:
        return float(match["digits"].replace(",", "")) * _SCALES.get((match["scale"] or "").lower(), 1)
    total = 0
    for word in re.split("[ -]", match["words"].lower()):
        if word in _SCALES:
            total *= _SCALES[word]
        else:
            total += 1 if word == "a" else _VALUES[word]
    return float(total)
