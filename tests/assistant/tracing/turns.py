"""Whole turns, as the desk would have made them, for tests of what is done with them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from assistant.answered import Answered
from assistant.events import Citation, Exchange, Finished, Source, Step, Timings, Tokens
from assistant.tracing import Outbox, trace_of
from ingest.catalogue import Catalogue, Passage
from models.backend import Message
from tests.langfuse_server import LangfuseServer

ASKED_AT = datetime(2026, 11, 25, 9, 30, 0, 123456, tzinfo=UTC)


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited for {seconds} seconds"
        time.sleep(0.01)


def trace_id(number: int) -> str:
    return f"{number:032x}"


def answered(number: int = 1) -> Answered:
    """A turn that a model wrote, with every kind of step."""
    passage = Passage(
        chunk_id=1, version_id=7, ordinal=0, document="staff-handbook.pdf", collection="samples", format="pdf",
        title=None, page_starts=((0, 3),), headings=("Duty phone",), header=None, text="A week pays £165.",
        start=0, end=17, score=0.5,
    )  # fmt: skip
    steps = (
        Step(name="rails on the question", kind="guardrail", began_s=0, ended_s=0.02, details={"action": "pass"}),
        Step(name="rewrite", kind="generation", began_s=0.02, ended_s=0.1, details={"model": "m", "error": "Broke."}),
        Step(
            name="embed", kind="embedding", began_s=0.1, ended_s=0.11,
            details={"query": "duty phone", "model": "minilm", "dimensions": 384},
        ),
        Step(
            name="retrieve", kind="retriever", began_s=0.1, ended_s=0.2,
            details={"query": "duty phone", "passages": [{"n": 1, "document": "staff-handbook.pdf", "version": 7}]},
        ),
        Step(name="quote", kind="span", began_s=0.2, ended_s=0.25, details={"quotes": [1], "score": 0.9}),
        Step(
            name="generation", kind="generation", began_s=0.3, ended_s=1.3,
            details={
                "backend": "hosted", "model": "m", "served": "m-2026", "prompt": "direct@3", "cost": 0.002,
                "parameters": {"max_tokens": 220, "temperature": 0.0}, "first_token_s": 0.5,
                "tokens": {"input": 900, "cached": 600, "output": 12},
            },
        ),
    )  # fmt: skip
    finished = Finished(
        answer="You get £165 [1].",
        citations=(Citation(n=1, document="staff-handbook.pdf", page=3, quote="A week pays £165."),),
        abstained=False,
        stopped_by=None,
        error=None,
        draft=True,
        backend="hosted",
        model="m",
        prompt="direct@3",
        timings=Timings(retrieve_s=0.2, quote_s=0.25, first_token_s=0.5, total_s=1.4),
        tokens=Tokens(prompt=900, reused=600, completion=12, per_second=12.0),
        cost=0.002,
        trace_id=trace_id(number),
        exchange=Exchange(
            user=Message(role="user", content="[1] A week pays £165.\n\nWhat does it pay?"),
            assistant=Message(role="assistant", content="You get £165 [1]."),
            numbers=(1,),
        ),
        steps=steps,
    )
    source = Source(n=1, passage=passage)
    return Answered(question="What does it pay?", query="duty phone", sources=(source,), finished=finished)


def record(catalogue: Catalogue, outbox: Outbox, *numbers: int) -> None:
    """Write down whole turns, as the desk does."""
    for number in numbers:
        asked_at = ASKED_AT + timedelta(seconds=number)
        with catalogue.writing() as session:
            outbox.trace(
                session, trace_of(answered(number), session="conversation", person="reader", asked_at=asked_at)
            )


def is_empty(outbox: Outbox) -> Callable[[], bool]:
    return lambda: outbox.waiting().rows == 0


def ids(numbers: range) -> set[str]:
    return {trace_id(number) for number in numbers}


def is_whole(langfuse: LangfuseServer, numbers: range) -> bool:
    """Whether every trace is there with all its spans, and none under a second id."""
    return langfuse.traces == ids(numbers) and len(langfuse.spans) == 7 * len(numbers)
