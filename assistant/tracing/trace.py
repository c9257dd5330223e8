"""A turn as a trace: one JSON document that the outbox keeps until it is sent."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version
from typing import Any

from assistant.answered import Answered
from assistant.events import Finished, Step

Mask = Callable[[Any], Any]
"""Takes a JSON value and gives it back without personal data."""

_SAID = ("input", "output", "metadata", "message")
"""What people, documents and models have said. The rest are ids, times and counts, which a mask could only spoil."""

_OF_A_GENERATION = ("model", "parameters", "tokens", "cost", "first_token_s")


def trace_of(
    answered: Answered, *, session: str | None, person: str | None, asked_at: datetime, tags: Sequence[str] = ()
) -> dict[str, Any]:
    """The trace of a whole turn.

    `session` is the conversation and `person` a pseudonym. Ids are made of the trace id alone, so that a
    turn makes the same trace whenever it is made.
    """
    finished = answered.finished
    assert finished is not None
    trace = {
        "id": finished.trace_id,
        "name": "turn",
        "release": _release(),
        "session": session,
        "user": person,
        "tags": [*tags],
        "observations": [
            {
                "id": _span_id(finished.trace_id, "turn"),
                "parent": None,
                "name": "turn",
                "kind": "span",
                **_extent(asked_at, 0, finished.timings.total_s),
                "input": answered.question,
                "output": finished.answer,
                "metadata": _about(answered, finished),
                **_how_it_went(finished),
            },
            *(_observation(n, step, answered, finished, asked_at) for n, step in enumerate(finished.steps)),
        ],
    }
    return _plain(trace)


def masked(trace: dict[str, Any], mask: Mask) -> dict[str, Any]:
    """A trace with everything in it masked that was said."""
    hidden = trace | {
        "tags": mask(trace["tags"]),
        "observations": [
            observation | {name: mask(observation[name]) for name in _SAID if observation.get(name) is not None}
            for observation in trace["observations"]
        ],
    }
    if (experiment := trace.get("experiment")) is not None:
        hidden["experiment"] = experiment | {name: mask(experiment[name]) for name in ("expected", "about")}
    return hidden


@cache
def _release() -> str:
    """Once: to look it up reads a file, and this is in the way of every answer."""
    return version("refdesk")


def _about(answered: Answered, finished: Finished) -> dict[str, Any]:
    """What a turn's trace says beside its question and answer."""
    prompt, _, of_prompt = finished.prompt.partition("@")
    return {
        "query": answered.query,
        "documents": [
            {"document": document, "version": version_id}
            for version_id, document in {
                source.passage.version_id: source.passage.document for source in answered.sources
            }.items()
        ],
        "citations": [{"n": cited.n, "document": cited.document, "page": cited.page} for cited in finished.citations],
        "abstained": finished.abstained,
        "confidence": finished.confidence,
        "stopped_by": finished.stopped_by,
        "stop_reason": finished.stop_reason,
        "error": finished.error,
        "draft": finished.draft,
        "unsupported": len(finished.unsupported),
        "masked": list(finished.masked),
        "backend": finished.backend,
        "model": finished.model,
        "prompt": prompt,
        "prompt_version": of_prompt or None,
        "timings": asdict(finished.timings),
        "tokens": asdict(finished.tokens),
        "cost": finished.cost,
    }


def _how_it_went(finished: Finished) -> dict[str, Any]:
    if finished.error is not None:
        return {"level": "ERROR", "message": finished.error}
    if finished.stop_reason is not None:
        return {"level": "WARNING", "message": finished.stop_reason}
    return {}


def _observation(number: int, step: Step, answered: Answered, finished: Finished, asked_at: datetime) -> dict[str, Any]:
    details = dict(step.details)
    observation: dict[str, Any] = {
        "id": _span_id(finished.trace_id, f"{number} {step.name}"),
        "parent": _span_id(finished.trace_id, "turn"),
        "name": step.name,
        "kind": step.kind,
        **_extent(asked_at, step.began_s, step.ended_s),
    }
    if (error := details.pop("error", None)) is not None:
        observation |= {"level": "ERROR", "message": error}
    if step.kind == "generation":
        observation |= _generation(details, asked_at)
    if step.kind == "embedding":
        observation["model"] = details.pop("model", None)
    observation |= _said(step, details, answered, finished)
    left = {name: value for name, value in details.items() if value is not None}
    return observation | {"metadata": left or None}


def _said(step: Step, details: dict[str, Any], answered: Answered, finished: Finished) -> dict[str, Any]:
    """What went into a step and came out of it; taken out of `details` where it stands there."""
    if step.name == "generation":
        if finished.exchange is None:
            return {"input": answered.question, "output": None}
        asked, wrote = finished.exchange.user, finished.exchange.assistant
        return {"input": [asdict(asked)], "output": asdict(wrote)}
    if step.name == "rewrite":
        return {"input": answered.question, "output": answered.query}
    if step.kind == "embedding":
        return {"input": details.pop("query", None)}
    if step.kind == "retriever":
        return {"input": details.pop("query", None), "output": details.pop("passages", None)}
    return {}


def _generation(details: dict[str, Any], asked_at: datetime) -> dict[str, Any]:
    """The fields that only a generation has, taken out of `details`."""
    model, parameters, tokens, cost, first_token_s = (details.pop(name, None) for name in _OF_A_GENERATION)
    generation: dict[str, Any] = {"model": model, "parameters": parameters}
    # Stays among the details too: Langfuse shows the link only where it has a prompt of that name.
    prompt, _, of_prompt = str(details.get("prompt") or "").partition("@")
    if of_prompt.isdecimal():
        generation["prompt"] = {"name": prompt, "version": int(of_prompt)}
    if tokens is not None:
        # Langfuse adds the parts up, so what was cached must not be counted twice.
        read, cached, wrote = tokens.get("input", 0), tokens.get("cached", 0), tokens.get("output", 0)
        generation["usage"] = {
            "input": max(read - cached, 0),
            "input_cached_tokens": cached,
            "output": wrote,
            "total": read + wrote,
        }
    if cost is not None:
        generation["cost"] = {"total": cost}
    if first_token_s is not None:
        generation["first_token_at"] = _moment(asked_at, first_token_s)
    return generation


def _extent(asked_at: datetime, began_s: float, ended_s: float) -> dict[str, str]:
    return {"began_at": _moment(asked_at, began_s), "ended_at": _moment(asked_at, ended_s)}


def _moment(asked_at: datetime, seconds: float) -> str:
    return (asked_at + timedelta(seconds=seconds)).isoformat()


def _plain(document: dict[str, Any]) -> dict[str, Any]:
    """As JSON has it: a step that counted something odd must not cost a person the answer."""
    plain: dict[str, Any] = json.loads(json.dumps(document, default=str), parse_constant=lambda _: None)
    return plain


def _span_id(trace_id: str, name: str) -> str:
    """16 hexadecimal digits, as OpenTelemetry has it."""
    return hashlib.sha256(f"{trace_id} {name}".encode()).hexdigest()[:16]
