"""Follow-up questions made to stand alone, by rules."""

import re
from collections.abc import Sequence

from ingest.index.analysis import query_terms

_LEANS = re.compile(
    r"^\s*(and|but|or|so|then|also|what about|how about|what if)\b"
    r"|\b(it|its|they|them|their|theirs|that one|those|these|this one|the same|instead)\b"
    r"|^\s*(why|how so|how long|how much|how many|when|where|who|which)\s*\??\s*$",
    re.IGNORECASE,
)
_FEW_TERMS = 3


def standalone(question: str, earlier: Sequence[str]) -> str:
    """What to search for when `question` follows the `earlier` ones (oldest first).

    A question that leans on what was said (“And for volunteers?”) is searched together with the last
    one that stood by itself; any other as it is.
    """
    if not earlier or not _leans(question):
        return question
    anchor = next((asked for asked in reversed(earlier) if not _leans(asked)), earlier[0])
    return f"{anchor} {question}"


def _leans(question: str) -> bool:
    return bool(_LEANS.search(question)) or len(query_terms(question)) < _FEW_TERMS
