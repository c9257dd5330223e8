"""Words divided at the end of a line."""

import re
from collections.abc import Iterable

_COMPOUND = re.compile(r"[^\W\d_]+-[^\W\d_]+")
_DIVIDED_END = re.compile(r"[^\W\d_]+-$")
_WORD_START = re.compile(r"[^\W\d_]+")
_LONGEST_WORD = 60


def compounds_in(lines: Iterable[str]) -> set[str]:
    """Words, in lower case, with a hyphen of their own: it stands in the middle of a line."""
    return {word.lower() for line in lines for word in _COMPOUND.findall(line)}


def is_divided(before: str, after: str) -> bool:
    """Whether a line that ends in a hyphen goes on in lower case in the next."""
    return after[:1].islower() and bool(_DIVIDED_END.search(before[-_LONGEST_WORD:]))


def without_division(before: str, after: str, compounds: Iterable[str] = ()) -> str:
    """`before`, which `is_divided` from `after`, without its hyphen unless that belongs to one of `compounds`."""
    end, start = _DIVIDED_END.search(before[-_LONGEST_WORD:]), _WORD_START.match(after)
    is_compound = end is not None and start is not None and f"{end[0]}{start[0]}".lower() in compounds
    return before if is_compound else before[:-1]
