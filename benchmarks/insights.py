"""Insights over 100,000 recorded turns: fills a desk's catalogue with them, and times what the page asks.

    python -m benchmarks.insights HOME [--turns 100000]

HOME is made and kept, to open the page on; what is there already is measured again as it is.
"""

import argparse
import random
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select

from assistant.desk import Desk
from assistant.facts import documents_of, facts_of, keep_facts
from assistant.insights import Selection
from assistant.settings import Settings
from assistant.tables import (
    ConversationRow,
    DiagnosisRow,
    SignalRow,
    SourceMarkRow,
    TurnDocumentRow,
    TurnFactsRow,
    TurnRow,
    VoteRow,
)
from ingest.tables import CollectionRow, DocumentRow, utc_now

_ABOUT = ("mooring", "licence", "lock", "winter stoppage", "insurance", "overstaying", "towpath", "water point", "weir")
_ASKED = (
    "What does a {} cost?",
    "How long may I use the {}?",
    "Who looks after the {} at {}?",
    "Is a {} needed in {}?",
    "When is the {} closed in {}?",
    "Where do I report a broken {}?",
)
_PLACES = ("Foxton", "Braunston", "Stoke Bruerne", "Hatton", "Audlem", "Gargrave", "Bingley", "Devizes")
_TEXT = "the holder of a licence has to show it on demand and moor for no longer than fourteen days in one place"
_DOCUMENTS = 200
_AT_ONCE = 1000


def recorded(rng: random.Random, days: int) -> dict[str, Any]:
    """The JSON of an answer (`Answered.to_json`) of some kilobytes, as a desk that is in use would keep it."""
    question = rng.choice(_ASKED).format(rng.choice(_ABOUT), rng.choice(_PLACES))
    stopped, missing = rng.random() < 0.02, rng.random() < 0.14
    model = None if stopped or missing or rng.random() < 0.4 else rng.choice(("SmolLM2-135M-Instruct", "gpt-large"))
    sources = [] if stopped else [_source(rng, n) for n in range(1, 6)]
    quotes = [] if stopped or missing else [_quote(source) for source in sources[: rng.randint(1, 3)]]
    quote_s = 0.0 if stopped else rng.lognormvariate(-2.6, 0.4)
    first_s = quote_s + rng.lognormvariate(0.2, 0.6) if model else None
    total_s = (first_s or quote_s or 0.02) + (rng.lognormvariate(0.7, 0.5) if model else 0.01)
    failed = bool(model) and rng.random() < 0.01
    steps = [("rails on the question", "guardrail", 0.0, 0.02)]
    if not stopped:
        steps += [("retrieve", "retriever", 0.02, quote_s * 0.7), ("quote", "span", quote_s * 0.7, quote_s)]
    if first_s:
        steps += [("generation", "generation", quote_s, total_s - 0.03), ("support", "span", total_s - 0.03, total_s)]
    finished = {
        "answer": " ".join(quote["text"] for quote in quotes) or "Not in the documents.",
        "citations": [
            {"n": q["n"], "document": q["passage"]["document"], "page": 1, "quote": q["text"]} for q in quotes
        ],
        "abstained": not quotes,
        "confidence": None if stopped else rng.betavariate(2, 5) if missing else rng.betavariate(6, 2),
        "stopped_by": rng.choice(("injection", "credentials", "jailbreak")) if stopped else None,
        "stop_reason": "This cannot be answered here." if stopped else None,
        "error": "The server did not answer." if failed else None,
        "draft": model is not None,
        "unsupported": [{"start": 0, "end": 10}] if model and rng.random() < 0.1 else [],
        "masked": [],
        "backend": None if model is None else "hosted" if model == "gpt-large" else "local",
        "model": model,
        "prompt": rng.choice(("direct@1", "few-shot@1")) if model else "quote",
        "timings": {"retrieve_s": quote_s * 0.7, "quote_s": quote_s, "first_token_s": first_s, "total_s": total_s},
        "tokens": {
            "prompt": rng.randint(400, 1200) if model else 0,
            "reused": 0,
            "completion": rng.randint(20, 200) if model else 0,
            "per_second": 45.0 if model else None,
            "estimated": False,
        },
        "cost": rng.uniform(0.001, 0.004) if model == "gpt-large" else None,
        "trace_id": f"{rng.getrandbits(128):032x}",
        "exchange": None,
        "kept": 0,
        "steps": [
            {"name": name, "kind": kind, "began_s": began, "ended_s": ended, "details": {}}
            for name, kind, began, ended in steps
        ],
    }
    return {
        "question": question,
        "query": question,
        "sources": sources,
        "quotes": quotes,
        "reasoning": "",
        "text": finished["answer"] if model else "",
        "finished": finished,
        "is_quoted": not stopped,
        "doubtful": False,
    }


def fill(desk: Desk, *, turns: int, days: int = 180, seed: int = 0, acts: bool = True) -> None:
    """Record turns on a desk, as many people would have asked them over these days; with `acts` what they did too."""
    rng, acting, now = random.Random(seed), random.Random(seed + 1), utc_now()
    with desk.catalogue.writing() as session:
        for name in ("handbook", "notices"):
            session.add(CollectionRow(name=name))
        session.flush()
        for at in range(_DOCUMENTS):
            session.add(DocumentRow(collection_id=at % 2 + 1, name=_document(at), current_version_id=10**6 + at))
        people = [f"{rng.getrandbits(128):032x}" for _ in range(max(3, turns // 500))]
        conversations = [f"{rng.getrandbits(128):032x}" for _ in range(max(3, turns // 4))]
        choices: dict[str, Any] = {"backend": "local", "model": None, "prompt": "quote", "collections": []}
        session.execute(
            insert(ConversationRow),
            [
                {"id": id_, "person": people[at % len(people)], "title": "Moorings", "choices": choices}
                for at, id_ in enumerate(conversations)
            ],
        )
    moments = sorted(now - timedelta(seconds=rng.triangular(0, days * 86400, 0)) for _ in range(turns))
    for begin in range(0, turns, _AT_ONCE):
        with desk.catalogue.writing() as session:
            rows: dict[Any, list[dict[str, Any]]] = {
                table: []
                for table in (
                    TurnRow,
                    TurnFactsRow,
                    TurnDocumentRow,
                    VoteRow,
                    DiagnosisRow,
                    SignalRow,
                    SourceMarkRow,
                )
            }
            for id_, asked_at in enumerate(moments[begin : begin + _AT_ONCE], start=begin + 1):
                answered, at = recorded(rng, days), rng.randrange(len(conversations))
                person, finished = people[at % len(people)], answered["finished"]
                rows[TurnRow].append(
                    {
                        "id": id_,
                        "conversation_id": conversations[at],
                        "trace_id": finished["trace_id"],
                        "question": answered["question"],
                        "asked_at": asked_at,
                        "answered_at": asked_at,
                        "answered": answered,
                        "backend": finished["backend"],
                        "model": finished["model"],
                        "prompt": finished["prompt"],
                    }
                )
                facts = facts_of(answered, person=person, asked_at=asked_at)
                rows[TurnFactsRow].append(facts | {"turn_id": id_})
                found = documents_of(session, answered)
                rows[TurnDocumentRow] += [{"turn_id": id_, "document_id": d, "cited": c} for d, c in found.items()]
                _vote(rng, rows, id_, person, finished, asked_at)
                if acts and found:
                    _act(acting, rows, id_, person, next(iter(found)))
            for table, values in rows.items():
                if values:
                    session.execute(insert(table), values)


def _vote(
    rng: random.Random, rows: dict[Any, Any], turn_id: int, person: str, finished: dict[str, Any], asked_at: Any
) -> None:
    if rng.random() > 0.12:
        return
    good = 0.3 if finished["abstained"] else 0.85 if finished["backend"] == "hosted" else 0.72
    up = rng.random() < good
    vote = {"turn_id": turn_id, "person": person, "value": 1 if up else -1, "reasons": [] if up else ["incomplete"]}
    rows[VoteRow].append(vote | {"comment": "", "better_answer": ""})
    if not up:
        fault = "not-on-the-desk" if finished["abstained"] else rng.choice(("not-retrieved", "not-used", "style"))
        rows[DiagnosisRow].append({"turn_id": turn_id, "found": fault, "fault": fault, "checks": []})


def _act(rng: random.Random, rows: dict[Any, Any], turn_id: int, person: str, document_id: int) -> None:
    """What somebody did with an answer, and said of its first source."""
    for kind, share in (("opened-source", 0.2), ("copied", 0.05), ("asked-again", 0.03), ("edited", 0.02)):
        if rng.random() < share:
            rows[SignalRow].append({"turn_id": turn_id, "person": person, "kind": kind, "times": 1, "sources": []})
    if rng.random() < 0.03:
        mark = {"turn_id": turn_id, "person": person, "n": 1, "is_right": rng.random() < 0.7}
        rows[SourceMarkRow].append(mark | {"document_id": document_id})


def _source(rng: random.Random, n: int) -> dict[str, Any]:
    at = min(_DOCUMENTS - 1, int(rng.expovariate(1 / 35)))
    words = _TEXT.split()
    text = " ".join(rng.choice(words) for _ in range(110)).capitalize() + "."
    passage = {
        "chunk_id": at * 10 + n,
        "version_id": 10**6 + at,
        "ordinal": n,
        "document": _document(at),
        "collection": ("handbook", "notices")[at % 2],
        "format": "md",
        "title": None,
        "page_starts": [[0, 1]],
        "headings": ["Moorings"],
        "header": None,
        "text": text,
        "start": 0,
        "end": len(text),
        "score": 0.5,
    }
    return {"n": n, "passage": passage}


def _quote(source: dict[str, Any]) -> dict[str, Any]:
    text = source["passage"]["text"][:140]
    return source | {"text": text, "start": 0, "end": len(text), "score": 0.8, "sentence": "", "header": ""}


def _document(at: int) -> str:
    return f"{_ABOUT[at % len(_ABOUT)].replace(' ', '-')}-{at:03}.md"


def _facts_ms(desk: Desk, turns: int = 200) -> float:
    """What it costs a turn that its facts are written: the median over many."""
    with desk.catalogue.session() as session:
        rows = session.execute(select(TurnRow.id, TurnRow.answered, TurnRow.asked_at).limit(turns)).all()
    times = []
    with desk.catalogue.writing() as session:
        session.execute(delete(TurnFactsRow).where(TurnFactsRow.turn_id.in_([row.id for row in rows])))
        session.execute(delete(TurnDocumentRow).where(TurnDocumentRow.turn_id.in_([row.id for row in rows])))
        for row in rows:
            began = time.perf_counter()
            keep_facts(session, row.id, row.answered, person="p" * 32, asked_at=row.asked_at)
            times.append(time.perf_counter() - began)
        session.rollback()
    return 1000 * sorted(times)[len(times) // 2]


def main() -> None:
    """Fill and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--turns", type=int, default=100_000)
    options = parser.parse_args()
    with Desk(Settings(home=options.home)) as desk:
        if desk.insights.is_empty():
            began = time.perf_counter()
            fill(desk, turns=options.turns)
            print(f"{options.turns} turns recorded in {time.perf_counter() - began:.0f} s")
        with desk.catalogue.session() as session:
            print(f"{session.scalar(select(func.count()).select_from(TurnFactsRow))} turns")
        size = (options.home / "catalogue.sqlite").stat().st_size
        print(f"{size / 1e6:.0f} MB")
        today = utc_now().date()
        month = Selection(since=today - timedelta(days=29), until=today)
        quarter = Selection(since=today - timedelta(days=89), until=today)
        for name, asked in (
            ("30 days", month),
            ("90 days", quarter),
            ("all", Selection()),
            ("all, one model", Selection(model="gpt-large")),
            ("all, one collection", Selection(collection="notices")),
            ("all, one document", Selection(document=1)),
        ):
            times = []
            for _ in range(5):
                began = time.perf_counter()
                questions = desk.insights.figures(asked).totals.questions
                times.append(time.perf_counter() - began)
            print(f"{name}: {questions} questions, first {times[0]:.2f} s, median {sorted(times)[2]:.2f} s")
        print(f"facts of an answer, written in its transaction: {_facts_ms(desk):.2f} ms")
        began = time.perf_counter()
        desk.insights.turns(Selection(outcome="not-found"), limit=500)
        print(f"500 rows behind a figure: {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
