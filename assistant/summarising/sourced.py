"""A model's summary with the source of each sentence: the desk looks it up, whatever the model may have cited."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.citations import without_citations
from assistant.events import Source, Span
from assistant.support import Judgement, Support


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence of a summary."""

    text: str
    """On one line, without citations."""
    source: Source | None
    """What bears it out best; None where nothing does."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A summary as it is shown."""

    text: str
    """Each sentence with the number of its source."""
    cited: tuple[int, ...]
    """Numbers, in order of first use."""
    unsupported: tuple[Span, ...]
    """Sentences that nothing bears out."""


def sentences_with_sources(text: str, sources: Sequence[Source], support: Support) -> list[Sentence]:
    """What `text` claims, sentence by sentence; what claims nothing and what was said before is left out."""
    bare = without_citations(text)
    known = {source.n: source for source in sources}
    sentences: dict[str, Sentence] = {}
    for judged in support.judge(bare, sources):
        said = " ".join(bare[judged.span.start : judged.span.end].split())
        if judged.is_claim and said:
            sentences.setdefault(said.casefold(), Sentence(text=said, source=_best(judged, known)))
    return list(sentences.values())


def written(sentences: Sequence[Sentence]) -> Written:
    """The sentences one after the other."""
    pieces: list[str] = []
    cited: list[int] = []
    unsupported: list[Span] = []
    end = 0
    for sentence in sentences:
        piece = sentence.text if sentence.source is None else f"{sentence.text} [{sentence.source.n}]"
        begin = end + bool(pieces)
        end = begin + len(piece)
        pieces.append(piece)
        if sentence.source is None:
            unsupported.append(Span(start=begin, end=end))
        else:
            cited.append(sentence.source.n)
    return Written(text=" ".join(pieces), cited=tuple(dict.fromkeys(cited)), unsupported=tuple(unsupported))


def _best(judged: Judgement, known: dict[int, Source]) -> Source | None:
    return known[judged.n] if judged.supported and judged.n is not None else None
