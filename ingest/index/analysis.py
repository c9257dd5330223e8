"""How text becomes terms: the one analysis for indexing, searching and scoring sentences."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import regex

from ingest.index.folding import fold
from ingest.index.languages import ENGLISH, STOP_WORDS, is_small, language_of, stem

__all__ = ["ANALYSIS", "STOP_WORDS", "query_terms", "terms"]

ANALYSIS = 2
"""Goes up when the same text gives other terms: what was indexed before is then indexed anew."""

_LONGEST = 64
"""Characters of a term; what is longer is no word and is cut."""

_PAIRED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"
"""Scripts that put no blanks between words, and Korean, whose words grow endings that no stemmer here takes off."""

_WORD = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*"
_TOKEN = regex.compile(rf"{_WORD}(?:[._'’/:@+#-]{_WORD})*")
_PART = regex.compile(
    rf"(?V1)(?P<paired>[{_PAIRED}][{_PAIRED}\p{{M}}]*)"
    rf"|[[\p{{L}}\p{{N}}]--[{_PAIRED}]][[\p{{L}}\p{{M}}\p{{N}}]--[{_PAIRED}]]*"
)
_CHARACTER = regex.compile(r"\P{M}\p{M}*")
_POSSESSIVES = ("s", "t", "re", "ve", "ll", "d", "m")

Token = list[tuple[str, bool]]
"""Parts that are written together; whether a part is of a script that is indexed by pairs of characters."""


def terms(text: str) -> Iterator[str]:
    """Terms of `text` in order: words stemmed, numbers and identifiers kept, accents dropped.

    A compound such as "TP-12", "kube-apiserver" or "10.5" gives its parts and then itself as one term, so that both
    ways to ask for it find it. A word of another language in Latin letters gives its stem in that language and that
    in English, for a question may be too short to tell its language. Where no blanks are between words, every two
    neighbouring characters are a term (as in Lucene's CJKAnalyzer).
    """
    tokens = _tokens(text)
    return _analysed(tokens, dict.fromkeys((_language(tokens), ENGLISH)))


def query_terms(text: str) -> list[str]:
    """Distinct terms of a question without stop words; all its terms when nothing else is left."""
    tokens = _tokens(text)
    language = _language(tokens)
    found = dict.fromkeys(_analysed(tokens, (language,)))
    return [term for term in found if not is_small(term, language)] or list(found)


def _tokens(text: str) -> list[Token]:
    return [
        [(part.group(), part.lastgroup is not None) for part in _PART.finditer(token.group())]
        for token in _TOKEN.finditer(fold(text))
    ]


def _language(tokens: Iterable[Token]) -> str:
    return language_of(part for token in tokens for part, is_paired in token if not is_paired)


def _analysed(tokens: Iterable[Token], languages: Iterable[str]) -> Iterator[str]:
    for token in tokens:
        for part, is_paired in token:
            if is_paired:
                yield from _pairs(part)
            else:
                yield from dict.fromkeys(stem(part[:_LONGEST], language) for language in languages)
        words = [part for part, is_paired in token if not is_paired]
        if len(words) == len(token) > 1 and not (len(words) == 2 and words[1] in _POSSESSIVES):
            yield "".join(words)[:_LONGEST]


def _pairs(run: str) -> Iterator[str]:
    """Every two neighbouring characters, each with its vowel signs; a single one when it stands alone."""
    characters = _CHARACTER.findall(run)
    if len(characters) == 1:
        yield run[:_LONGEST]
    for first, second in pairwise(characters):
        yield (first + second)[:_LONGEST]
