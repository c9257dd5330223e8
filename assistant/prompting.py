"""The prompt of a turn, fitted to the model's context by token count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.events import Context, Exchange, Quote, Source
from assistant.limits import Limits
from assistant.prompts import Prompt
from ingest.plain import plain
from models.backend import BackendError, ChatBackend, Message

_MARGIN_TOKENS = 8


@dataclass(frozen=True, kw_only=True)
class FittedPrompt:
    """Messages that leave room for the answer."""

    messages: tuple[Message, ...]
    kept: tuple[Exchange, ...]
    """Earlier exchanges that still fit."""
    numbers: tuple[int, ...]
    """Sources whose text stands in the last message."""

    @property
    def citable(self) -> tuple[int, ...]:
        """Sources whose text the model has before it."""
        return tuple(dict.fromkeys((*(n for exchange in self.kept for n in exchange.numbers), *self.numbers)))


def fit(
    *,
    prompt: Prompt,
    question: str,
    sources: Sequence[Source],
    quotes: Sequence[Quote],
    context: Context,
    backend: ChatBackend,
    limits: Limits,
) -> FittedPrompt:
    """Choose what the model is to read: of `sources` (best first) some, each cut to an excerpt.

    The conversation is only ever added to: earlier exchanges stay as they were, and a passage the model
    has read already is not given again. When the context is full, the older half of the exchanges is
    dropped at once, since every change of the beginning makes the model read all of it anew. Then the prompt's
    examples go, the first one first, and last the passages.

    Raises:
        BackendError: even the question alone does not fit.
    """
    room = backend.info.context_tokens - limits.max_tokens - _MARGIN_TOKENS
    kept = context.exchanges if context.prompt == prompt.name else ()
    while True:
        new = _unread(sources, quotes, kept, limits)
        excerpts = [(source.n, excerpt(source, quotes, limits.excerpt_chars)) for source in new]
        while True:
            messages = _messages(prompt, question, kept, excerpts)
            if backend.count_tokens(messages) <= room:
                return FittedPrompt(messages=messages, kept=kept, numbers=tuple(number for number, _ in excerpts))
            if kept:
                break
            if prompt.examples:
                prompt = replace(prompt, examples=prompt.examples[1:])
            elif excerpts:
                excerpts.pop()
            else:
                break
        if not kept:
            raise BackendError("The question is too long for the model: ask a shorter one.")
        kept = kept[(len(kept) + 1) // 2 :]


def _unread(
    sources: Sequence[Source], quotes: Sequence[Quote], kept: Sequence[Exchange], limits: Limits
) -> Sequence[Source]:
    """The sources to add: those quoted first, then the best ranked."""
    read = {number for exchange in kept for number in exchange.numbers}
    quoted = dict.fromkeys(quote.n for quote in quotes)
    by_number = {source.n: source for source in sources}
    wanted = list(dict.fromkeys([*quoted, *by_number]))[: limits.following_passages if kept else limits.model_passages]
    return [by_number[number] for number in wanted if number not in read]


def excerpt(source: Source, quotes: Sequence[Quote], chars: int) -> str:
    """What a model is given of a passage: about `chars` around its best quoted sentence, else its beginning."""
    passage = source.passage
    lead = " – ".join(filter(None, [*passage.headings[-1:], passage.header]))
    best = next((quote for quote in quotes if quote.passage.chunk_id == passage.chunk_id), None)
    centre = (best.start + best.end) // 2 - passage.start if best else 0
    begin = max(0, min(centre - chars // 2, len(passage.text) - chars))
    cut = passage.text[begin : begin + chars]
    if begin:
        cut = cut.split(" ", 1)[-1]
    if begin + chars < len(passage.text):
        cut = cut.rsplit(" ", 1)[0]
    text = plain(cut)
    return text if not lead or text.startswith(lead) else f"{lead}: {text}"


def _messages(
    prompt: Prompt, question: str, kept: Sequence[Exchange], new: Sequence[tuple[int, str]]
) -> tuple[Message, ...]:
    earlier = [message for exchange in kept for message in (exchange.user, exchange.assistant)]
    return (
        *prompt.opening,
        *earlier,
        Message(role="user", content=prompt.ask(question, new)),
    )
