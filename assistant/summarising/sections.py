"""A document cut into sections that a model reads at once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.events import Source
from models.backend import ChatBackend, Message

MOST_TOKENS, MOST_ELSEWHERE = 900, 6000
"""Of a section, for a model on this machine and on another: a small one loses what stands in the middle of more, and is
slow to read it."""
_MARGIN_TOKENS = 32
_SHARE = 3
"""A piece has a third of a section's room at most, so that with every round there are fewer."""


def sections_of(
    sources: Sequence[Source], backend: ChatBackend, *, asked: Sequence[Message], answer_tokens: int
) -> list[list[Source]]:
    """`sources`, in their order, in as few sections as have room beside what is `asked` without them.

    One that is too long for its share of the room is cut.
    """
    taken = backend.count_tokens(asked) + answer_tokens + _MARGIN_TOKENS
    most = MOST_TOKENS if backend.info.is_here else MOST_ELSEWHERE
    room = max(_SHARE, min(most, backend.info.context_tokens - taken))
    sections: list[list[Source]] = []
    left = 0
    for source, tokens in _weighed(sources, backend, room // _SHARE):
        if not sections or tokens > left:
            sections.append([])
            left = room
        sections[-1].append(source)
        left -= tokens
    return sections


def _weighed(sources: Iterable[Source], backend: ChatBackend, most: int) -> Iterable[tuple[Source, int]]:
    """Each with its tokens, cut to the most."""
    for source in sources:
        tokens = _tokens(source, backend)
        while tokens > most and len(source.passage.text) > 1:
            text = source.passage.text
            kept = min(len(text) - 1, len(text) * most // tokens)
            shorter = text[:kept].rsplit(" ", 1)[0] or text[:kept]
            source = replace(source, passage=replace(source.passage, text=shorter or text[:1]))
            tokens = _tokens(source, backend)
        yield source, min(tokens, most)


def _tokens(source: Source, backend: ChatBackend) -> int:
    """Of its text with its number and heading, as a prompt shows it."""
    passage = source.passage
    shown = " – ".join(filter(None, [*passage.headings[-1:], passage.header, passage.text]))
    return backend.count_tokens([Message(role="user", content=f"[{source.n}] {shown}")])
