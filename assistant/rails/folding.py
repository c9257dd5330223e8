"""What a text says once its disguises are off: the forms that the rules for questions look at."""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator

_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһӏкмтвнԛԝьαεορυνικτηχβ" + "АЕОРСУХІЈЅКМТВНΑΕΟΡΥΝΙΚΤΗΧΒΜΖ",
    "aeopcyxijsdhlkmtbhqwbaeopuviktnxb" + "AEOPCYXIJSKMTBHAEOPYNIKTHXBMZ",
)
"""Cyrillic and Greek letters that look like Latin ones (after the Unicode confusables, UTS 39)."""
_LEET = str.maketrans("013457@$!", "oieastasi")
_PUNCTUATION = str.maketrans("’‘‛`´“”„«»–—‑_", "'''''\"\"\"\"\"--- ")
_WORD = re.compile(r"\S+")
_SPELLED = re.compile(r"(?<!\w)(?:\w[ .\-*_|/]{1,3}){3,}\w(?!\w)")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,4000}={0,2}")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ :]?){12,4000}")


def forms(text: str) -> Iterator[str]:
    """The text in plain small letters, and what else it may be read as: leetspeak, spelled out, ROT13, Base64, hex."""
    plain = fold(text)
    yield plain
    for other in (_unleeted(plain), fold(_respelled(text))):
        if other != plain:
            yield other
    yield codecs.encode(plain, "rot13")
    yield plain[::-1]
    for decoded in _decoded(text):
        yield fold(decoded)


def fold(text: str) -> str:
    """In compatibility form, without marks, invisible signs and lookalike letters; small, with single blanks."""
    text = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION)
    text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not _is_hidden(letter))
    text = unicodedata.normalize("NFC", _WORD.sub(lambda word: _latin(word.group()), text))
    return re.sub(r"\s+", " ", text.casefold()).strip()


def _is_hidden(letter: str) -> bool:
    # Of the marks only those that stand on Latin letters: in other scripts they are part of the word.
    is_control = unicodedata.category(letter) in ("Cf", "Cc") and letter not in "\n\t\r"
    return is_control or "\u0300" <= letter <= "\u036f"


def _latin(word: str) -> str:
    """A word that mixes scripts, in Latin letters; others as they are."""
    translated = word.translate(_LOOKALIKES)
    mixes = any("a" <= letter <= "z" for letter in word.lower()) and translated != word
    return translated if mixes else word


def _unleeted(text: str) -> str:
    def plain(word: re.Match[str]) -> str:
        has_letters = sum(letter.isalpha() for letter in word.group()) >= 2
        core = word.group().rstrip("!")
        return core.translate(_LEET) + word.group()[len(core) :] if has_letters else word.group()

    return _WORD.sub(plain, text)


def _respelled(text: str) -> str:
    """With letters that stand apart put together: a blank between two is nothing, more are a blank."""
    return _SPELLED.sub(lambda run: re.sub(r"(?<=\w)[ .\-*_|/](?=\w)", "", run.group()), text)


def _decoded(text: str) -> Iterator[str]:
    for found in _BASE64.finditer(text):
        coded = found.group().rstrip("=")
        try:
            yield _printable(base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True))
        except (binascii.Error, UnicodeDecodeError):
            continue
    for found in _HEX.finditer(text):
        try:
            yield _printable(bytes.fromhex(re.sub(r"[ :]", "", found.group())))
        except ValueError:
            continue


def _printable(raw: bytes) -> str:
    return raw.decode("utf-8")
