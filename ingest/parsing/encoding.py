"""Bytes of a text file to text."""

import codecs
import re

from ingest.parsing.errors import ParseError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEVEN_BIT = ("iso-2022", "iso2022", "hz", "utf-7")
"""Encodings whose bytes are valid UTF-8 as well, so that only a declaration tells them apart."""
_SAMPLE_BYTES = 2**16
_MAX_CONTROL_SHARE = 0.01
_MOSTLY_SOUND = 10
"""Characters beyond ASCII that are valid UTF-8, for each that is not, in a file that is UTF-8 with damages."""
_TOO_SHORT_TO_GUESS = 256
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes, *, name: str, declared: str | None = None) -> str:
    """The text in `data`: by its byte order mark, or UTF-16/32 without one, UTF-8, `declared`, or a guess.

    Line ends become "\\n" and NULs the replacement character, which no database refuses.

    Raises:
        ParseError: the bytes are not text.
    """
    text = _decoded(data, declared)
    if text is None or _is_binary(text):
        raise ParseError(f"“{name}” does not hold text that can be read: save it as UTF-8 text and add that.")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")


def _decoded(data: bytes, declared: str | None) -> str | None:
    for mark, marked in _BOMS:
        if data.startswith(mark):
            return _try(data, marked)
    wide = _wide_encoding(data[:_SAMPLE_BYTES])
    is_seven_bit = (declared or "").lower().startswith(_SEVEN_BIT)
    candidates = (wide, declared if is_seven_bit else None, "utf-8", declared)
    for encoding in filter(None, candidates):
        if (text := _try(data, encoding)) is not None:
            return text
    return _guessed(data)


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _wide_encoding(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 where NULs stand as they do in mostly Western text of that encoding."""
    quarters = [sample[offset::4].count(0) / max(len(sample) // 4, 1) for offset in range(4)]
    high = [share > 0.5 for share in quarters]
    if high == [False, True, True, True]:
        return "utf-32-le"
    if high == [True, True, True, False]:
        return "utf-32-be"
    if high == [False, True, False, True]:
        return "utf-16-le"
    if high == [True, False, True, False]:
        return "utf-16-be"
    return None


def _guessed(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    mended = data.decode("utf-8", "replace")
    damages = mended.count("\ufffd")
    if sum(not character.isascii() for character in mended) - damages > _MOSTLY_SOUND * damages:
        return mended
    if len(_CONTROLS.findall(data[:_SAMPLE_BYTES].decode("latin-1"))) > _MAX_CONTROL_SHARE * len(data[:_SAMPLE_BYTES]):
        return None  # guessing takes seconds on junk, and sometimes finds a language in it
    if len(data) < _TOO_SHORT_TO_GUESS and (text := _try(data, "cp1252")) is not None:
        return text
    for match in from_bytes(data[:_SAMPLE_BYTES]):
        if (text := _try(data, match.encoding)) is not None:
            return text
    return _try(data, "cp1252")


def _is_binary(text: str) -> bool:
    sample = text[:_SAMPLE_BYTES]
    return len(_CONTROLS.findall(sample)) > _MAX_CONTROL_SHARE * len(sample)
