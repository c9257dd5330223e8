"""One spelling for what people write in several ways: case, accents, widths, digits."""

import unicodedata

import regex

# Dropped: accents, Hebrew points, Arabic vowels and the stroke that draws a word out, the dot below Indic letters, and
# what cannot be seen (soft hyphens, joiners). Kept: vowel signs, which are as good as letters, the sounds of Kana
# and the breve of й, which makes another letter.
_DROPPED = regex.compile(
    r"(?V1)(?<![иИ])\u0306|[[\p{M}&&\p{Inherited}]--[\u0306\u3099\u309A]]|[\p{M}&&[\p{Hebrew}\p{Arabic}]]"
    r"|[\p{Cf}\u0640\u093C]"
)
_DECIMAL = regex.compile(r"(?V1)[\p{Nd}--[0-9]]")
_ALIKE: dict[int, int | str] = {
    **str.maketrans("ıøłđð", "ioldd"),
    ord("þ"): "th",
    ord("æ"): "ae",
    ord("œ"): "oe",
    # Arabic and Persian yeh and kaf, teh marbuta, the Hindi nasal sign: as in Lucene's normalisers.
    **str.maketrans("\u0649\u06cc\u06a9\u0629\u0901", "\u064a\u064a\u0643\u0647\u0902"),
}
"""Letters that have no accent to drop, or that people type one for another."""


def fold(text: str) -> str:
    """`text` in lower case without accents, wide letters narrow, digits as 0 to 9."""
    if text.isascii():
        return text.lower()
    decomposed = _DROPPED.sub("", unicodedata.normalize("NFKD", text))
    folded = unicodedata.normalize("NFC", decomposed.casefold()).translate(_ALIKE)
    return str(_DECIMAL.sub(lambda digit: _ascii_digit(digit.group()), folded))


def _ascii_digit(digit: str) -> str:
    """Digits that are newer than Python's tables stay."""
    return str(unicodedata.decimal(digit, digit))
