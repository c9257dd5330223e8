"""How text becomes terms: the one analysis for indexing, searching and scoring sentences."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

_STOP_WORDS = """
a about above after again all also am an and any are as at be because been before being below between both but by can
could did do does doing down during each few for from further had has have having he her here hers him his how i if in
into is it its itself just let me might more most must my no nor not of off on once only or other our out over own
please same shall she should so some such than that the their them then there these they this those through to too
under until up us very was we were what when where which while who whom why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that carry no topic of their own; they are left out of queries, not out of the index."""

_TERM = re.compile(r"[^\W_]+(?:[._'’/:@+#-][^\W_]+)*[+#]*")
_PART = re.compile(r"[^\W_]+")


def terms(text: str) -> Iterator[str]:
    """Terms of `text` in order: words stemmed, numbers and identifiers kept, diacritics dropped.

    A compound such as "TP-12", "kube-apiserver" or "10.5" gives its parts and then itself as one term,
    so that both ways to ask for it find it.
    """
    for match in _TERM.finditer(_fold(text)):
        token = match.group()
        parts = _PART.findall(token)
        for part in parts:
            yield _stem(part)
        if len(parts) > 1 and not _is_possessive(parts):
            yield "".join(parts)


def query_terms(text: str) -> list[str]:
    """Distinct terms of a question without stop words; all its terms when nothing else is left."""
    found = dict.fromkeys(terms(text))
    return [term for term in found if term not in STOP_WORDS] or list(found)


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _is_possessive(parts: list[str]) -> bool:
    return len(parts) == 2 and parts[1] in ("s", "t", "re", "ve", "ll", "d", "m")


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    if word in STOP_WORDS or not word.isascii() or not word.isalpha():
        return word
    return str(_stemmers.english.stemWord(word))


class _Stemmers(threading.local):
    """A stemmer for each thread: it keeps the word it is at in itself, and two threads would mix theirs."""

    def __init__(self) -> None:
        self.english = snowballstemmer.stemmer("english")


_stemmers = _Stemmers()
