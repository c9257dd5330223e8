"""Characters that mean something else than themselves, or nothing."""

import re

BULLETS = "•●▪■◦‣∙·○➢✓❖\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf0a8"
"""Bullets that are nothing else, those of Word's symbol fonts included, as they stand in a PDF."""

# Control characters but tab and line feed, and code points that are no characters at all.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def strip_controls(text: str) -> str:
    """`text` without control characters; those that end a line become line feeds."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\x0b", "\n").replace("\x0c", "\n"))


def one_line(text: str) -> str:
    """`text` on one line, without control characters, white space made single."""
    return " ".join(strip_controls(text).split())
