"""`refdesk ask`: answers with their sources."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant import events
from assistant.abstaining import NOT_IN_DOCUMENTS
from assistant.answered import Answered
from assistant.cli.output import Collections, Json, passage_json, print_json, rows_of
from assistant.conversations import Choices
from assistant.desk import open_desk
from assistant.turn import DOUBTED
from models.backend import Queued


def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    questions: Annotated[Path | None, typer.Option(help="A JSON lines file of rows with “question”.")] = None,
    prompt: Annotated[str | None, typer.Option(help="How to answer: quote, direct, …")] = None,
    backend: Annotated[str | None, typer.Option(help="Who answers: local or hosted.")] = None,
    model: Annotated[
        str | None, typer.Option(help="A name from “refdesk models list”, or of the hosted server.")
    ] = None,
    collection: Collections = None,
    json: Json = False,
) -> None:
    """Answer a question from the documents, with the sources."""
    rows = rows_of(question, questions, "a question or --questions FILE")
    with open_desk() as desk:
        usual = desk.choices()
        choices = Choices(
            backend=backend or usual.backend,
            model=model,
            prompt=prompt or usual.prompt,
            collections=tuple(collection or ()),
        )
        if model is not None:
            desk.backends.check_taught(choices.backend, model, "answering")
        for row in rows:
            context = events.Context.of(row.get("history") or ())
            turn = desk.traced(row["question"], desk.ask(row["question"], choices=choices, context=context))
            if json:
                print_json(_as_json(row, turn))
            else:
                _print(turn)


def _as_json(row: Mapping[str, Any], turn: Iterator[events.TurnEvent]) -> dict[str, Any]:
    answered = Answered(question=row["question"])
    for event in turn:
        answered.add(event)
    finished = answered.finished
    assert finished is not None
    return {
        "id": row["id"],
        "question": row["question"],
        "answer": finished.answer,
        "citations": [
            {"n": citation.n, "document": citation.document, "page": citation.page, "quote": citation.quote}
            for citation in finished.citations
        ],
        "quotes": [
            {
                "n": q.n,
                "text": q.text,
                "sentence": q.sentence or q.text,
                "start": q.start,
                "end": q.end,
                "score": round(q.score, 4),
            }
            for q in answered.quotes
        ],
        "passages": [{"n": source.n, **passage_json(source.passage)} for source in answered.sources],
        "searched": answered.query,
        "stopped_by": finished.stopped_by,
        "stop_reason": finished.stop_reason,
        "abstained": finished.abstained,
        "confidence": _rounded(finished.confidence),
        "doubtful": answered.doubtful,
        "error": finished.error,
        "draft": finished.draft,
        "unsupported": [finished.answer[span.start : span.end] for span in finished.unsupported],
        "masked": list(finished.masked),
        "backend": finished.backend,
        "model": finished.model,
        "prompt": finished.prompt,
        "timings": {
            "retrieve_s": _rounded(finished.timings.retrieve_s),
            "quote_s": _rounded(finished.timings.quote_s),
            "first_token_s": _rounded(finished.timings.first_token_s),
            "total_s": _rounded(finished.timings.total_s),
        },
        "tokens": {"prompt": finished.tokens.prompt, "completion": finished.tokens.completion},
        "cost": finished.cost,
        "trace_id": finished.trace_id,
    }


def _print(turn: Iterator[events.TurnEvent]) -> None:
    for event in turn:
        match event:
            case events.Quoted(quotes=quotes, doubtful=doubtful):
                if doubtful:
                    print(f"{DOUBTED}\n")
                for quote in quotes:
                    page = f", page {quote.page}" if quote.page else ""
                    header = f"{quote.header}\n    " if quote.header else ""
                    print(f"[{quote.n}] “{header}{quote.text}”\n    {quote.passage.document}{page}")
                if not quotes:
                    print(NOT_IN_DOCUMENTS)
            case Queued(ahead=ahead) if ahead:
                print(f"(waiting: {ahead} before this one)", file=sys.stderr)
            case events.Text(text=text):
                print(text, end="", flush=True)
            case events.Stopped(reason=reason):
                print(f"\n{reason}")
            case events.Finished() as finished:
                if finished.model and not finished.stop_reason:
                    print(f"\n(a draft by {finished.model})" if finished.draft else "")
                if finished.error:
                    print(finished.error, file=sys.stderr)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
