"""Texts of documents and people where Streamlit reads Markdown."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def as_label(text: str) -> str:
    """Text as it is, on one line: nothing in it is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
