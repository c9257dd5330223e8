"""What a stretch of Markdown says without its markup."""

import html
import re
from collections import defaultdict
from html.entities import html5
from itertools import chain

_MOST_PASSES = 20
"""Whatever nests deeper than this was made to be slow to read; its marks are all taken out at once."""

_ANY_MARK = re.compile(r"[*_`~\[\]<>&\\|#!=+•◦▪‣●○■□-]")

# Noncharacters, which no entity decodes to: code that keeps its backticks is set aside between them.
_ASIDE = re.compile("\ufdd0(\\d+)\ufdd1")
_NONCHARACTERS = str.maketrans("", "", "\ufdd0\ufdd1")

_CODE = re.compile(r"(?<![`\\])(`{1,3})(?!`)((?:[^`\n]|\n(?!\n)|(?<!`)`(?!`))+?)\1(?!`)")
_READS_AS_MARKUP = re.compile(
    r"(?<![0-9A-Za-z_])[*_\[]|[*_](?![0-9A-Za-z_])|[`|]|~~|<[/!a-zA-Z]|&[#\w]|\\\W|\A\s*[-+#>•◦▪‣●○■□](?!\S)"
)

_FENCE = re.compile(r"^(?:`{3,}[^`\n]*|~{3,} ?\w*)$\n?", re.M)
_RULE = re.compile(r"^(?:={2,}|-{2,}|(?:[-*_] ?){3,}|(?=[^\n]*\|)(?=[^\n]*-)[ |:-]+)$\n?", re.M)
_ROW = re.compile(r"^\|(.*\|.*)$", re.M)
_CELL_END = re.compile(r"(?<!\\)\|")
_HEADING = re.compile(r"^#{1,6} (?!\|)(.+?)(?: #+)?$", re.M)
_LINE_START = re.compile(r"^(?:[-*+•◦▪‣●○■□] (?!\|)|>(?! ?[\d=.,$€£<|]) ?)+", re.M)

_LINK = re.compile(
    r"(?:!\[|\[(?<![0-9A-Za-z_)\]\\]\[))((?:[^\[\]\\\n]|\\.|\n(?!\n))*)\]"
    r"\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)(?:\s\"[^\"]*\"|\s'[^']*')?\s?\)"
)
_REFERENCE = re.compile(r"(?:!\[|\[(?<![0-9A-Za-z_)\]\\]\[))(?=[^\[\]\n]*[^\W\d])([^\[\]\n]++)\]\[[^\[\]\n]*\]")
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto):[^<>\s]+)>")

_ATTRIBUTES = r"(?:\s(?:[\w:@-]+\s?=\s?(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+)|open|hidden))*\s?/?>"
_IMAGE_TAG = re.compile(r"<img\b[^<>]*?\balt=(?:\"([^\"<>]*)\"|'([^'<>]*)')[^<>]*>", re.I)
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|cite|code|del|em|font|i|ins|kbd|mark|q|s|samp|small|span|strike|strong|sub|sup|tt|u|var)"
    + _ATTRIBUTES,
    re.I,
)
_BLOCK_TAG = re.compile(
    r"</?(?:blockquote|br|caption|center|colgroup|dd|details|div|dl|dt|figcaption|figure|h[1-6]|hr|img|li|ol|p|picture|pre"
    r"|summary|table|tbody|td|tfoot|th|thead|tr|ul)" + _ATTRIBUTES,
    re.I,
)

_MARK_RUN = re.compile(
    r"__(?:all|call|doc|file|future|init|main|name|repr|str|version)__(?!\w)|(?P<marks>\*+|_+|~{2,})|(?P<blank>\n\n)"
)
_NEVER_BEFORE_OPENING = {"/", "\\", ".", ":", "="}
_NEVER_AFTER_OPENING = {"", *"./\\,;:)]}="}
_NEVER_BEFORE_CLOSING = {"", *"/\\([{="}
_NEVER_AFTER_CLOSING = {"/", "\\"}
_ENTITY = re.compile(r"&(?:amp;)*(#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_PATH_OR_ESCAPE = re.compile(r"(?:\b[A-Za-z]:\\|\\\\)\S*|\\([*_`\[\]<>#|~&!]|(?<=\d\\)[.)]|(?<=^\\)[-+])", re.M)

_SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_SPACED_LINE_END = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")


def plain(text: str) -> str:
    """The words of `text`: links become their labels, images their alternative text, a table row "a | b".

    Lines stay lines, with single spaces. Numbers of list items stay, and so do the backticks of code that would
    read as markup without them. Plain text comes back as it is, but for its white space, and so does what this
    function returned.
    """
    text = _tidied(text.translate(_NONCHARACTERS))
    for _ in range(_MOST_PASSES):
        stripped = _tidied(_without_outer_markup(text))
        if stripped == text:
            return text
        text = stripped
    return _tidied(_ANY_MARK.sub("", text))


def _tidied(text: str) -> str:
    text = _SPACED_LINE_END.sub("\n", _SPACES.sub(" ", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def _without_outer_markup(text: str) -> str:
    """One layer less: a label may itself be an image, an entity may decode to a tag."""
    aside: list[str] = []

    def bare(code: re.Match[str]) -> str:
        if not _READS_AS_MARKUP.search(code[2]):
            return code[2]
        aside.append(code[0])
        return f"\ufdd0{len(aside) - 1}\ufdd1"

    text = _CODE.sub(bare, _FENCE.sub("", _without_comments(text)))
    text = _without_line_marks(text)
    text = _without_links(text)
    text = _without_tags(text)
    text = _without_emphasis(text)
    text = _ENTITY.sub(_decoded, text)
    if "\\" in text:
        text = _PATH_OR_ESCAPE.sub(lambda escape: escape[1] or escape[0], text)
    return _ASIDE.sub(lambda place: aside[int(place[1])], text)


def _without_comments(text: str) -> str:
    before, *rest = text.split("<!--")
    kept = [before]
    for stretch in rest:
        _, closed, after = stretch.partition("-->")
        kept.append(after if closed else f"<!--{stretch}")
    return "".join(kept)


def _without_line_marks(text: str) -> str:
    text = _RULE.sub("", text)
    text = _ROW.sub(lambda row: " | ".join(_CELL_END.split(row[1])).strip(" |"), text)
    return _LINE_START.sub("", _HEADING.sub(r"\1", text))


def _without_links(text: str) -> str:
    return _AUTOLINK.sub(r"\1", _REFERENCE.sub(r"\1", _LINK.sub(r"\1", text)))


def _without_tags(text: str) -> str:
    text = _IMAGE_TAG.sub(lambda image: image[1] or image[2] or "", text)
    return _BLOCK_TAG.sub(" ", _INLINE_TAG.sub("", text))


def _without_emphasis(text: str) -> str:
    """Take out pairs of `*`, `_` and `~~` at the edges of words.

    Stricter than CommonMark, so that globs, products and identifiers stay whole.
    """
    pairs: list[tuple[int, int]] = []
    unmatched: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for run in _MARK_RUN.finditer(text):
        if run["blank"]:
            unmatched.clear()
        elif run["marks"]:
            _pair_up(text, run.span(), unmatched[run["marks"][0]], pairs)
    edges = [0, *chain.from_iterable(sorted(pairs)), len(text)]
    return "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))


def _pair_up(text: str, run: tuple[int, int], unmatched: list[tuple[int, int]], pairs: list[tuple[int, int]]) -> None:
    """Pair a run of marks with those before it that wait for their end, the nearest first."""
    start, end = run
    mark, before, after = text[start], text[max(start - 1, 0) : start], text[end : end + 1]
    if _closes(mark, before, after):
        while unmatched and start < end:
            opener_start, opener_end = unmatched.pop()
            width = min(end - start, opener_end - opener_start)
            pairs += [(opener_end - width, opener_end), (start, start + width)]
            start += width
            if opener_start < opener_end - width:
                unmatched.append((opener_start, opener_end - width))
    if start < end and _opens(mark, before, after):
        unmatched.append((start, end))


def _opens(mark: str, before: str, after: str) -> bool:
    return not (
        _in_word(mark, before) or after.isspace() or before in _NEVER_BEFORE_OPENING or after in _NEVER_AFTER_OPENING
    )


def _closes(mark: str, before: str, after: str) -> bool:
    return not (
        _in_word(mark, after) or before.isspace() or before in _NEVER_BEFORE_CLOSING or after in _NEVER_AFTER_CLOSING
    )


def _in_word(mark: str, neighbour: str) -> bool:
    return neighbour.isalnum() and (mark == "_" or neighbour.isascii())


def _decoded(entity: re.Match[str]) -> str:
    name = entity[1]
    return html.unescape(f"&{name};") if name[0] == "#" or f"{name};" in html5 else f"&{name};"
