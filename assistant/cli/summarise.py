"""`refdesk summarise`: what a document says, in a few sentences with their sources."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.progress import Progress

from assistant import events
from assistant.answered import Answered
from assistant.cli.output import CommandError, Json, passage_json, print_json, progress_bar
from assistant.conversations import Choices
from assistant.desk import open_desk
from assistant.prompts import QUOTE
from assistant.summarising import USUAL_SENTENCES, instruction
from models.backend import Reading


def summarise(
    document: Annotated[str, typer.Argument(help="A name from “refdesk documents list”.")],
    collection: Annotated[str | None, typer.Option(help="The document of this collection.")] = None,
    backend: Annotated[
        str | None, typer.Option(help="Who writes: local or hosted. By default these are the document's own sentences.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A name from “refdesk models list”, or of the hosted server.")
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Its own sentences, though a model was promoted to summarise.")
    ] = False,
    length: Annotated[int, typer.Option(help="Sentences at most.")] = USUAL_SENTENCES,
    json: Json = False,
) -> None:
    """Summarise a document: its best sentences or, with --backend, what a model writes; each with its source."""
    if own and (backend or model):
        raise CommandError("With --own nobody writes: name no backend and no model.")
    with open_desk() as desk:
        found = desk.summarising.document(document, collection)
        choices = desk.summarising.choices(backend=backend, model=model)
        if own:
            choices = Choices(backend="local", prompt=QUOTE)
        question = instruction(found.name, length)
        turn = desk.traced(question, desk.summarising.summarise(found, sentences=length, choices=choices))
        answered = Answered(question=question)
        with progress_bar(quiet=json) as bars:
            for event in _shown(turn, bars, quiet=json):
                answered.add(event)
    print_json(_as_json(found.name, answered)) if json else _print(answered)


def _shown(turn: Iterator[events.TurnEvent], bars: Progress, *, quiet: bool) -> Iterator[events.TurnEvent]:
    """Pass the events on; how far the sections are, and what is written, is seen on the way."""
    task, written = bars.add_task("Reading", total=None, rate=""), False
    for event in turn:
        match event:
            case events.Section(done=done, total=total):
                bars.update(task, description="Sections", completed=done, total=total)
                if not quiet and not sys.stderr.isatty():
                    print(f"section {done + 1} of {total}", file=sys.stderr)
            case Reading(done=done, total=total):
                bars.update(task, rate=f"{done} of {total} tokens read")
            case events.Text(text=text) if not quiet:
                written = True
                print(text, end="", file=sys.stderr, flush=True)  # as it comes; with its sources it is printed after
            case events.Finished() if written:
                print("\n", file=sys.stderr)
        yield event


def _print(answered: Answered) -> None:
    finished = answered.finished
    assert finished is not None
    print(finished.answer)
    cited = {citation.n for citation in finished.citations}
    print()
    for source in answered.sources:
        if source.n in cited:
            passage = source.passage
            page = f", page {passage.page}" if passage.page else ""
            heading = f" | {' > '.join(passage.headings)}" if passage.headings else ""
            print(f"[{source.n}] {passage.document}{page}{heading}")
    for span in finished.unsupported:
        print(f"No passage bears this out: {finished.answer[span.start : span.end]}")
    if finished.model and not finished.stop_reason and finished.draft:
        print(f"(a draft by {finished.model})")
    if finished.error:
        print(finished.error, file=sys.stderr)


def _as_json(document: str, answered: Answered) -> dict[str, Any]:
    finished = answered.finished
    assert finished is not None
    cited = {citation.n for citation in finished.citations}
    return {
        "document": document,
        "question": answered.question,
        "summary": finished.answer,
        "sentences": [quote.text for quote in answered.quotes],
        "sources": [
            {"n": source.n, **passage_json(source.passage)} for source in answered.sources if source.n in cited
        ],
        "unsupported": [finished.answer[span.start : span.end] for span in finished.unsupported],
        "stopped_by": finished.stopped_by,
        "stop_reason": finished.stop_reason,
        "error": finished.error,
        "draft": finished.draft,
        "masked": list(finished.masked),
        "backend": finished.backend,
        "model": finished.model,
        "prompt": finished.prompt,
        "seconds": round(finished.timings.total_s, 4),
        "tokens": {"prompt": finished.tokens.prompt, "completion": finished.tokens.completion},
        "cost": finished.cost,
        "trace_id": finished.trace_id,
    }
