"""Facts about an answer: what of its JSON is counted, and how it is written beside it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Literal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from assistant.tables import TurnDocumentRow, TurnFactsRow
from ingest.index.analysis import query_terms
from ingest.tables import CollectionRow, DocumentRow

Outcome = Literal["answered", "not-found", "stopped", "failed", "interrupted"]

OUTCOMES: Mapping[str, str] = {
    "answered": "Answered",
    "not-found": "Not in the documents",
    "stopped": "Stopped by a rail",
    "failed": "The model failed",
    "interrupted": "Stopped by the person",
}
"""How a turn can end, and how people say it."""

STAGES: Mapping[str, str] = {
    "question_rails_s": "rails on the question",
    "rewrite_s": "rewrite",
    "retrieve_s": "retrieve",
    "quote_s": "quote",
    "write_s": "generation",
    "answer_rails_s": "rails on the answer",
    "support_s": "support",
}
"""Columns of seconds, and the step (`assistant.events.Step`) that each is of, in the order of a turn."""

_BY_PEOPLE = (None, "person", "length")


def keep_facts(session: Session, turn_id: int, answered: Mapping[str, Any], *, person: str, asked_at: datetime) -> None:
    """Write the facts about an answer that has come to its end (`Answered.to_json`), in the caller's transaction."""
    session.execute(insert(TurnFactsRow), facts_of(answered, person=person, asked_at=asked_at) | {"turn_id": turn_id})
    documents = documents_of(session, answered)
    if documents:
        rows = [{"turn_id": turn_id, "document_id": id_, "cited": cited} for id_, cited in documents.items()]
        session.execute(insert(TurnDocumentRow), rows)


def facts_of(answered: Mapping[str, Any], *, person: str, asked_at: datetime) -> dict[str, Any]:
    """The columns of `TurnFactsRow` but for the turn's id."""
    finished = answered["finished"]
    timings, tokens = finished["timings"], finished.get("tokens") or {}
    outcome = outcome_of(finished)
    first_s = timings.get("quote_s") or timings.get("first_token_s")
    return {
        "day": asked_at.astimezone(UTC).date(),
        "person": person,
        "outcome": outcome,
        "rail": finished["stopped_by"] if outcome == "stopped" else None,
        "wording": wording(answered["question"]),
        "backend": finished["backend"],
        "model": finished["model"],
        "prompt": finished["prompt"],
        "confidence": finished.get("confidence"),
        "unsupported": len(finished.get("unsupported") or ()),
        "tokens": tokens.get("prompt", 0) + tokens.get("completion", 0),
        "cost": finished.get("cost"),
        "first_s": first_s,
        "total_s": timings["total_s"],
        **_stages(finished.get("steps") or ()),
    }


def documents_of(session: Session, answered: Mapping[str, Any]) -> dict[int, bool]:
    """Documents on the desk that passages were found in, by their id; whether the answer cites them."""
    cited = {citation["n"] for citation in answered["finished"]["citations"]}
    found: dict[tuple[str, str], bool] = {}
    for source in answered.get("sources") or ():
        name = (source["passage"]["collection"], source["passage"]["document"])
        found[name] = found.get(name, False) or source["n"] in cited
    if not found:
        return {}
    query = (
        select(DocumentRow.id, CollectionRow.name, DocumentRow.name)
        .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
        .where(DocumentRow.name.in_({document for _, document in found}))
    )
    return {
        id_: found[collection, document]
        for id_, collection, document in session.execute(query)
        if (collection, document) in found
    }


def outcome_of(finished: Mapping[str, Any]) -> Outcome:
    """How a turn has ended."""
    if finished["stopped_by"] not in _BY_PEOPLE:
        return "stopped"
    if finished["error"]:
        return "failed"
    if finished["abstained"]:
        return "not-found"
    return "interrupted" if finished["stopped_by"] == "person" else "answered"


def wording(question: str) -> str:
    """The same for questions of the same terms: 16 hexadecimal digits."""
    return blake2b(" ".join(sorted(query_terms(question))).encode(), digest_size=8).hexdigest()


def _stages(steps: Any) -> dict[str, float | None]:
    """Seconds by stage; what is done more than once in a turn is added up."""
    seconds: dict[str, float] = {}
    for step in steps:
        seconds[step["name"]] = seconds.get(step["name"], 0.0) + step["ended_s"] - step["began_s"]
    return {column: seconds.get(name) for column, name in STAGES.items()}
