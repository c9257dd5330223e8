"""Where the sentences of a text begin and end."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

import regex
import sentencex

Span = tuple[int, int]

_WINDOW_CHARS = 8_000
"""Most characters given to the splitter at once: unpaired quotes make it quadratic."""

_ROW_CHARS = 1_000
"""Longest line that is a table's row without a bar at its start."""

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_HEADING = re.compile(r"[ \t]*(?:#{1,6}[ \t]|=+[^=].*=[ \t]*$)")
_ITEM = re.compile(r"[ \t]*(?:[-*+•◦▪‣●○■□]|\(?\d{1,3}[.)]|\([a-zA-Z]{1,3}\)|[a-zA-Z]\))[ \t]")
_RULE = re.compile(r"[ \t]*(?:=+|[-*_][-*_ \t]*[-*_])[ \t]*$")

# To the splitter all that is quoted or in brackets is one thing, however far the closing mark is ("x < 5" has
# none); emphasis after a stop hides the stop; and spaces beyond ASCII can make it panic. It sees plain spaces there.
_UNSEEN = re.compile(
    r"[\s*`\"“”„‟«»‹›]|(?<!\w)['‘_]|['’_](?!\w)|(?<=[.!?…])\)|<(?![/!a-zA-Z])|[(\[{<（](?![^)\]}>）]{0,200}[)\]}>）])"
)
_CLOSING = re.compile(r"\s»(?!\S)|\S*")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")

_LABEL = re.compile(r"\W*(?:\w|\d{1,3}|[^\W\d]+ \d{1,3})[.)]$")
_ABBREVIATION = re.compile(
    r"\b(?:abs|approx|arts?|avg|bzw|ca|dept|eds?|est|ex|excl|ext|incl|max|min|nr|resp|\w*str|temp|usw|vgl)\.$", re.I
)
_TITLE = re.compile(r"\b(?:Mme|Mlle|MM|Hr|Hrn|Fr)\.$")
_GERMAN_DAY = re.compile(r"\b\d{1,2}\.$")
_GERMAN_MONTH = re.compile(r"(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b")
# The splitter knows neither the stop of Khmer nor the question mark of Greek. Thai and Lao have no stop: a blank ends
# what is said, and may end less.
_FURTHER_STOP = regex.compile(
    r"(?<=[។៕])\s*|(?<=\p{Greek};)\s+(?=\p{Lu})|(?<=[\p{Thai}\p{Lao}])\s+(?=[\p{Thai}\p{Lao}])"
)
_BLANK_ENDS = 60
"""Characters of a Thai sentence from which the next blank ends it."""

_CLOSED_QUOTE = re.compile(r"[.!?…][\"”“’'»)]+$")


def split_sentences(text: str) -> list[Span]:
    """Half-open spans of the sentences, in order and without white space at their ends.

    Together they cover every character that is not white space. A list item, a heading, a table row and a
    line of fenced code is never joined with the next, full stop or not; the line breaks inside a paragraph
    end nothing.
    """
    sentences: list[Span] = []
    for start, end, is_prose in _blocks(text):
        sentences.extend(_prose_sentences(text, start, end) if is_prose else _trimmed(text, [(start, end)]))
    return sentences


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Stretches that no sentence crosses, and whether one can hold several sentences."""
    start = position = 0
    fence = previous = ""
    for line in text.split("\n"):
        line_end = position + len(line)
        marker = _FENCE.match(line)
        if fence or marker or _is_row(line) or _HEADING.match(line):
            yield start, position, True
            yield position, line_end, False
            start = line_end
        elif _RULE.match(line):
            yield start, line_end, True
            start = line_end
        elif not line.strip() or _ITEM.match(line) or _is_title(previous, line):
            yield start, position, True
            start = position
        if marker:
            fence = _fence_after(line, marker[1], fence)
        previous = line
        position = line_end + 1
    yield start, len(text), True


def _is_row(line: str) -> bool:
    cells = line.strip()
    if cells.startswith("|"):
        return True
    return len(cells) <= _ROW_CHARS and (" | " in cells or "\t" in cells) and not _ITEM.match(line)


def _is_title(line: str, following: str) -> bool:
    """Whether a line stands above a paragraph rather than in it: no stop, and much room left on it."""
    return (
        len(following) > 2 * len(line) > 0
        and following.lstrip()[:1].isupper()
        and line.rstrip()[-1:] not in {*".,;:!?-–—(", ""}
    )


def _fence_after(line: str, marker: str, fence: str) -> str:
    """The fence that is open after a line with a fence's marker; empty when none is."""
    if not fence:
        return marker
    return "" if marker.startswith(fence) and line.strip() == marker else fence


def _prose_sentences(text: str, start: int, end: int) -> Iterator[Span]:
    prose = text[start:end]
    seen = _LONE_SURROGATE.sub("_", _UNSEEN.sub(" ", prose))
    spans = _with_unseen(prose, list(_trimmed(seen, _split(seen))))
    return ((start + first, start + last) for first, last in _parted(prose, _joined(prose, spans)))


def _split(seen: str) -> Iterator[Span]:
    """The splitter's sentences, one right after the other."""
    start = position = 0
    while position < len(seen):
        window = _segments(seen[position : position + _WINDOW_CHARS])
        if position + _WINDOW_CHARS < len(seen):
            if len(window) == 1:
                position += _WINDOW_CHARS
                continue
            del window[-1]
        for sentence in window:
            position += len(sentence)
            yield start, position
            start = position
    if start < position:
        yield start, position


def _segments(window: str) -> list[str]:
    try:
        return list(sentencex.segment("en", window))
    except BaseException as panic:
        # A panic in the splitter's Rust is no Exception; one sentence too long is better than no document.
        if type(panic).__name__ != "PanicException":
            raise
        return [window]


def _with_unseen(prose: str, spans: list[Span]) -> Iterator[Span]:
    """The sentences with the marks around them: closing marks stay with the sentence before."""
    cuts = [0]
    for (_, end), (start, _) in pairwise(spans):
        closing = _CLOSING.match(prose, end, start)
        cuts.append(closing.end() if closing else end)
    return _trimmed(prose, pairwise([*cuts, len(prose)]))


def _trimmed(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Without the white space at both ends; what is nothing else is left out."""
    for start, end in spans:
        stretch = text[start:end].rstrip()
        if stretch:
            yield end - len(text[start:end].lstrip()), start + len(stretch)


def _joined(prose: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Put together what the splitter took apart at a stop that ends no sentence."""
    held: Span | None = None
    for start, end in spans:
        if held is None:
            held = start, end
        elif _goes_on(prose[max(held[0], held[1] - 40) : held[1]], prose[start : start + 12]):
            held = held[0], end
        else:
            yield held
            held = start, end
    if held:
        yield held


def _goes_on(end: str, start: str) -> bool:
    """Whether the sentence with this end goes on with this start."""
    is_lower = start[0].islower()
    return bool(
        _LABEL.match(end)
        or _TITLE.search(end)
        or ((is_lower or start[0].isdigit()) and _ABBREVIATION.search(end))
        or (is_lower and _CLOSED_QUOTE.search(end))
        or (_GERMAN_DAY.search(end) and _GERMAN_MONTH.match(start))
    )


def _parted(prose: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Take apart what the splitter left together because it does not know the stop."""
    for start, end in spans:
        for stop in _FURTHER_STOP.finditer(prose, start, end):
            is_blank = prose[stop.start() - 1] not in "។៕;"
            if stop.start() - start >= (_BLANK_ENDS if is_blank else 1):
                yield from _trimmed(prose, [(start, stop.start())])
                start = stop.end()
        yield from _trimmed(prose, [(start, end)])
