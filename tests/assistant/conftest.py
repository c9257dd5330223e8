from collections.abc import Callable, Iterator

import pytest

from assistant import events
from assistant.events import Finished, Source, TurnEvent
from ingest.catalogue import Passage
from models.backend import Message


@pytest.fixture(scope="session")
def source() -> Callable[..., Source]:
    """Makes a source of a passage with this text."""

    def make(
        text: str, *, headings: tuple[str, ...] = (), header: str | None = None, title: str | None = None, n: int = 1
    ) -> Source:
        passage = Passage(
            chunk_id=n,
            version_id=1,
            ordinal=0,
            document="handbook.md",
            collection="documents",
            format="markdown",
            title=title,
            page_starts=(),
            headings=headings,
            header=header,
            text=text,
            start=100,
            end=100 + len(text),
        )
        return Source(n=n, passage=passage)

    return make


@pytest.fixture
def turn_events() -> Callable[..., Iterator[TurnEvent]]:
    """The events of a whole turn, with a quote, and a model's answer where `model` is given."""

    def make(
        question: str, *, trace_id: str, model: str | None = None, n: int = 1, kept: int = 0
    ) -> Iterator[TurnEvent]:
        source = events.Source(n=n, passage=_handbook(n))
        quote = events.Quote(n=n, passage=source.passage, text="It is £165 *a* week.", start=0, end=20, score=0.9)
        yield events.Rewritten(query=question)
        yield events.Found(sources=(source,), seconds=0.01)
        yield events.Quoted(quotes=(quote,), abstained=False, seconds=0.02)
        exchange = None
        if model:
            yield events.Text(text=f"£165 [{n}].")
            exchange = events.Exchange(
                user=Message(role="user", content=question),
                assistant=Message(role="assistant", content=f"£165 [{n}]."),
                numbers=(n,),
            )
        yield Finished(
            answer=f"£165 [{n}]." if model else f"It is £165 *a* week. [{n}]",
            citations=(events.Citation(n=n, document="hand*book*.md", page=None, quote="It is £165."),),
            abstained=False,
            stopped_by=None,
            error=None,
            draft=model is not None,
            backend="local" if model else None,
            model=model,
            prompt="direct@1" if model else "quote",
            timings=events.Timings(retrieve_s=0.01, quote_s=0.02, first_token_s=0.5 if model else None, total_s=1.0),
            tokens=events.Tokens(prompt=100, completion=6, per_second=40.0) if model else events.Tokens(),
            trace_id=trace_id,
            exchange=exchange,
            kept=kept,
        )

    return make


def _handbook(n: int) -> Passage:
    return Passage(
        chunk_id=n,
        version_id=1,
        ordinal=n,
        document="hand*book*.md",
        collection="documents",
        format="md",
        title=None,
        page_starts=((0, 3),),
        headings=("Pay",),
        header=None,
        text="It is £165 *a* week.",
        start=0,
        end=20,
    )
