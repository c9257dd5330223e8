"""What is compared word by word: figures, names, and words that turn a sentence into its opposite."""

import re

from assistant.quoting.numbers import numbers_in
from ingest.index.analysis import STOP_WORDS, terms

_WORD = re.compile(r"[^\W_]+(?:[.'’&-][^\W_]+)*")
_SENTENCE_START = re.compile(r"(?:^|[.:;!?–—|]\s|\n)[\s\"'“”‘’(*-]*$")
_LABEL = re.compile(r"(?:[A-Z][^\W_]*[ -](?:(?:and|or|of|for|the|to|a|&) )?){0,5}[A-Z][^\W_]*:")
"""What an item of a list begins with ("Lower Upfront Costs: …"): capitals there make no name."""
_SHARED_STEM = 5
"""Letters that names of one thing share: Canada and Canadian."""

_COMPOUND = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]{2,})+")

_NEGATION = re.compile(r"\b(?:not|no|never|none|neither|nor|without|cannot|nobody|nothing|unable)\b|n['’]t\b", re.I)
_OPPOSITES = [
    ("more", "less fewer"),
    ("most", "least"),
    ("higher", "lower"),
    ("highest", "lowest"),
    ("above over", "below under"),
    ("before", "after"),
    (
        "increase increases increased increasing rise rises rose",
        "decrease decreases decreased decreasing fall falls fell",
    ),
    ("first", "last"),
    ("maximum", "minimum"),
    ("required mandatory compulsory", "optional voluntary"),
    ("allowed permitted", "forbidden prohibited banned"),
    ("open opens opened", "closed closes close"),
    ("early earlier earliest", "late later latest"),
    ("include includes included including", "exclude excludes excluded excluding"),
    ("start starts begin begins", "end ends finish finishes"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("left", "right"),
    ("paid", "unpaid"),
    ("inside", "outside"),
    ("win wins won", "lose loses lost"),
    ("morning", "evening afternoon"),
]
_OPPOSITE_OF: dict[str, frozenset[str]] = {}
for _pair in _OPPOSITES:
    for _some, _against in (_pair, _pair[::-1]):
        _OPPOSITE_OF |= dict.fromkeys(_some.split(), frozenset(_against.split()))


def figures(text: str) -> dict[str, float]:
    """Its numbers as they are written, with their values."""
    written = {text[start:end].casefold(): value for start, end, value in numbers_in(text)}
    return {figure: value for figure, value in written.items() if figure != "one"}


def names(text: str) -> list[str]:
    """Words with a capital that does not only begin a sentence, once each, as they are written."""
    found: dict[str, str] = {}
    label = _LABEL.match(text)
    labelled = label.end() if label else 0
    for match in _WORD.finditer(text):
        word = re.sub(r"['’]s$", "", match.group())
        if not any(char.isupper() for char in word) or word.casefold().split("'")[0].split("’")[0] in STOP_WORDS:
            continue
        begins = _SENTENCE_START.search(text[max(0, match.start() - 12) : match.start()]) is not None
        if (begins or match.start() < labelled) and not _is_marked(word):
            continue
        found.setdefault(word.casefold(), word)
    return list(found.values())


def _is_marked(word: str) -> bool:
    """Whether a word is a name wherever it stands: "NHS", "McDonald", "B12"."""
    return any(char.isupper() for char in word[1:])


def is_named(name: str, held: frozenset[str], initials: str) -> bool:
    """Whether a name is among the terms `held`, or as an abbreviation among the `initials` of other names."""
    parts = list(terms(name))
    if all(part in held for part in parts) or parts[-1] in held:
        return True
    if _COMPOUND.fullmatch(name) and any(part in held for part in parts):
        return True
    if name.isupper() and name.replace(".", "").casefold() in initials:
        return True
    stem = parts[0][:_SHARED_STEM]
    return len(stem) == _SHARED_STEM and any(term.startswith(stem) for term in held)


def initials(text: str) -> str:
    """First letters of its words with a capital: "National Football League" gives "nfl"."""
    return "".join(word[0].casefold() for word in _WORD.findall(text) if word[0].isupper())


def is_turned(claim: str, line: str) -> bool:
    """Whether one of two sentences about the same is negated, or says the opposite where the other says the word."""
    if bool(_NEGATION.search(claim)) != bool(_NEGATION.search(line)):
        return True
    said, read = _words(claim), _words(line)
    return any(
        word in _OPPOSITE_OF and word not in read and not _OPPOSITE_OF[word].isdisjoint(read - said) for word in said
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(text))
