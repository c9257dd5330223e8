"""How long until the quotes are there, and whether they hold the answer: `python -m benchmarks.questions`.

Takes the samples in, warms up, and asks the sample rows: prints the share of answerable rows whose best-scored
sentence (or table row) holds the expected answer, and whose first quote does, in which sentences that follow each
other are joined; and the time to the quotes of 50 warm questions.
"""

import json
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant import events
from assistant.desk import Desk
from assistant.samples import SAMPLES
from assistant.settings import Settings
from ingest.sources import walk


def main() -> None:
    """Run it."""
    with tempfile.TemporaryDirectory() as folder, Desk(Settings(home=Path(folder))) as desk:
        for outcome in desk.ingest(walk([SAMPLES / "documents"], collection="samples")):
            assert outcome.status == "added", outcome
        rows = [json.loads(line) for line in (SAMPLES / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
        report_quality(desk, rows)
        report_speed(desk, [row["question"] for row in rows])


def report_quality(desk: Desk, rows: list[dict[str, Any]], *, verbose: bool = True) -> None:
    """Print how often the best sentence, the first quote or any holds an answer, and how often abstaining was right."""
    sentence = first = anywhere = answerable = refused = abstained = unanswerable = 0
    for row in rows:
        turn = desk.ask(row["question"], context=events.Context.of(row.get("history", ())))
        quotes = next(event for event in turn if isinstance(event, events.Quoted)).quotes
        if not row["answerable"]:
            unanswerable += 1
            abstained += not quotes
            if verbose and quotes:
                print(f"  should abstain: {row['question']}\n      {quotes[0].score:.2f} {quotes[0].text[:150]}")
            continue
        answerable += 1
        refused += not quotes
        hits = [holds(quote, row["answers"]) for quote in quotes]
        right = bool(quotes) and sentence_holds(quotes[0], row["answers"])
        sentence += right
        first += bool(hits) and hits[0]
        anywhere += any(hits)
        if verbose and not right:
            print(f"  miss: {row['question']} {row['answers']}")
            for quote in quotes:
                print(f"      {quote.score:.2f} {quote.text[:150]}")
    share = f"{answerable} ({sentence / max(1, answerable):.0%} and {first / max(1, answerable):.0%})"
    print(
        f"the best-scored sentence or row holds the answer: {sentence}, the first quote as shown: {first} of {share};"
        f" any quote: {anywhere}/{answerable}; refused: {refused};"
        f" abstained when it should: {abstained}/{unanswerable}"
    )


def holds(quote: events.Quote, answers: list[str]) -> bool:
    """Whether a quote, as it is shown with its table header, says one of the answers."""
    return says(f"{quote.header} {quote.text}", answers)


def sentence_holds(quote: events.Quote, answers: list[str]) -> bool:
    """Whether the best-scored sentence of a quote, or its table row with the header, says one of the answers."""
    return says(f"{quote.header} {quote.sentence or quote.text}", answers)


def says(text: str, answers: list[str]) -> bool:
    """Whether a text holds one of the answers, word for word; case and punctuation do not count."""
    said = f" {_words(text)} "
    return any(f" {_words(answer)} " in said for answer in answers)


def report_speed(desk: Desk, questions: list[str]) -> None:
    """Print the time to the quotes of 50 questions, each asked for the first time but on a warm desk."""
    desk.warm().wait()
    seconds = []
    for number, question in zip(range(50), _varied(questions), strict=False):
        began = time.perf_counter()
        turn = desk.ask(question)
        next(event for event in turn if isinstance(event, events.Quoted))
        seconds.append(time.perf_counter() - began)
        assert number < 50
    seconds.sort()
    print(
        f"until the quotes, {len(seconds)} warm questions: median {statistics.median(seconds) * 1000:.0f} ms,"
        f" p95 {seconds[int(len(seconds) * 0.95)] * 1000:.0f} ms"
    )


def _varied(questions: list[str]) -> Iterator[str]:
    yield from questions
    for question in questions:
        yield f"Please tell me: {question}"


def _words(text: str) -> str:
    words = re.findall(r"[\w£€$%.]+", text.casefold().replace("’", "'"))
    return " ".join(filter(None, (word.rstrip(".") for word in words)))


if __name__ == "__main__":
    main()
