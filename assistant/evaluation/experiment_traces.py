"""A row of a run as a trace of a Langfuse experiment, and its measures as scores."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from assistant.data_sets.shared_items import item_id
from assistant.evaluation.results import Result
from assistant.evaluation.runs import Run
from assistant.evaluation.summaries import Asked

ENVIRONMENT = "sdk-experiment"
"""In which the SDK, too, keeps what experiments ask apart from what people ask."""

_KINDS: Mapping[str, str] = {
    "embed": "embedding",
    "retrieve": "retriever",
    "generation": "generation",
    "rewrite": "generation",
    "rails on the question": "guardrail",
    "rails on the answer": "guardrail",
}
"""Of a turn's steps, by name; the others are spans."""

_WITHIN = {"embed": "retrieve"}
"""A step that is a part of another's time."""


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A run as Langfuse knows it."""

    run: Run
    data_set: str
    """Its name, here and there."""
    data_set_id: str
    """At Langfuse."""
    project_id: str

    @property
    def name(self) -> str:
        """What people call it, and what tells it from other runs of that name."""
        return f"{self.run.label} ({self.run.id})"

    @property
    def id(self) -> str:
        """16 hexadecimal digits: as Langfuse itself makes them of project, data set and name."""
        told = ["langfuse-experiment-v1", self.project_id, self.data_set_id, self.name]
        payload = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(payload.encode()).hexdigest()[:16]

    def trace_id(self, row_id: str) -> str:
        """Of the row's turn: 32 hexadecimal digits, the same whenever the run is pushed."""
        return _digits(32, self.run.id, row_id)


def trace_of_row(experiment: Experiment, asked: Asked) -> dict[str, Any]:
    """A row's turn, as `assistant.tracing.trace_of` makes one of a turn that has just ended.

    A run keeps how long each step took, and not when it began: they stand one after the other.
    """
    row, result, trace_id = asked.row, asked.result, experiment.trace_id(asked.row.id)
    root, began = _digits(16, trace_id, "turn"), experiment.run.created_at
    total_s = result.timings.total_s if result.timings else sum(result.stages.values())
    trace = {
        "id": trace_id,
        "name": "turn",
        "session": None,
        "user": None,
        "tags": ["evaluation", *row.tags],
        "release": version("refdesk"),
        "environment": ENVIRONMENT,
        "experiment": {
            "id": experiment.id,
            "name": experiment.name,
            "metadata": experiment.run.configuration.to_json(),
            "data_set": experiment.data_set_id,
            "item": item_id(experiment.data_set, row.id),
            "root": root,
            "expected": {"answers": list(row.answers), "answerable": row.answerable},
            "about": {"row": row.id, "tags": list(row.tags)},
        },
        "observations": [
            {
                "id": root,
                "parent": None,
                "name": "turn",
                "kind": "span",
                **_extent(began, 0, total_s),
                "input": {
                    "question": row.question,
                    "history": [{"role": said.role, "content": said.content} for said in row.history],
                },
                "output": result.answer,
                "metadata": _about(result),
                **({"level": "ERROR", "message": result.error} if result.error else {}),
            },
            *_steps(trace_id, root, began, asked),
        ],
    }
    plain: dict[str, Any] = json.loads(json.dumps(trace, default=str), parse_constant=lambda _: None)
    return plain


def scores_of_row(experiment: Experiment, asked: Asked) -> Iterator[dict[str, Any]]:
    """The row's measures: the fields of `langfuse.api.CreateScoreRequest`."""
    trace_id = experiment.trace_id(asked.row.id)
    for name, value in asked.measures.items():
        if value is not None and math.isfinite(value):
            yield _score(experiment, name, value, trace_id) | {"trace_id": trace_id}


def scores_of_run(experiment: Experiment) -> Iterator[dict[str, Any]]:
    """The run's measures over all its rows, with their intervals."""
    summary = experiment.run.summary
    for name, found in summary.measures.items() if summary else ():
        if math.isfinite(found.value):
            said = f"95% interval {found.low:.3f} to {found.high:.3f}, over {found.rows} rows"
            run_score = _score(experiment, name, found.value, "run")
            yield run_score | {"dataset_run_id": experiment.id, "comment": said}


def _score(experiment: Experiment, name: str, value: float, of: str) -> dict[str, Any]:
    return {
        "id": _digits(32, experiment.id, of, name),
        "name": name,
        "value": float(value),
        "data_type": "NUMERIC",
        "environment": ENVIRONMENT,
        # The same whenever it is sent: Langfuse replaces a score only when its day is the same too.
        "timestamp": experiment.run.created_at.isoformat(),
    }


def _about(result: Result) -> dict[str, Any]:
    return {
        "query": result.searched,
        "citations": [{"n": cited.n, "document": cited.document, "page": cited.page} for cited in result.citations],
        "abstained": result.abstained,
        "confidence": result.confidence,
        "stopped_by": result.stopped_by,
        "stop_reason": result.stop_reason,
        "backend": result.backend,
        "model": result.model,
        "prompt": result.prompt,
        "tokens": asdict(result.tokens),
        "cost": result.cost,
    }


def _steps(trace_id: str, root: str, began: datetime, asked: Asked) -> Iterator[dict[str, Any]]:
    at_s = 0.0
    begins: dict[str, float] = {}
    for name, seconds in asked.result.stages.items():
        begins[name] = begins.get(_WITHIN.get(name, ""), at_s)
        yield {
            "id": _digits(16, trace_id, name),
            "parent": root,
            "name": name,
            "kind": _KINDS.get(name, "span"),
            **_extent(began, begins[name], begins[name] + seconds),
            **_said(name, asked.result),
        }
        if name not in _WITHIN:
            at_s += seconds


def _said(name: str, result: Result) -> dict[str, Any]:
    """What went into a step and came out of it, as far as a run keeps it."""
    if name == "retrieve":
        found = [
            {"n": hit.n, "document": hit.document, "page": hit.page, "score": hit.score} for hit in result.passages
        ]
        return {"input": result.searched, "output": found}
    if name == "embed":
        return {"input": result.searched}
    if name == "generation":
        prompt, _, of_prompt = (result.prompt or "").partition("@")
        tokens = result.tokens
        return {
            "output": result.answer,
            "model": result.model,
            "prompt": {"name": prompt, "version": int(of_prompt)} if of_prompt.isdecimal() else None,
            "usage": {
                "input": max(tokens.prompt - tokens.reused, 0),
                "input_cached_tokens": tokens.reused,
                "output": tokens.completion,
                "total": tokens.prompt + tokens.completion,
            },
            "cost": None if result.cost is None else {"total": result.cost},
        }
    return {}


def _extent(began: datetime, from_s: float, to_s: float) -> dict[str, str]:
    moments = (began + timedelta(seconds=seconds) for seconds in (from_s, to_s))
    return dict(zip(("began_at", "ended_at"), (moment.isoformat() for moment in moments), strict=True))


def _digits(count: int, *of: str) -> str:
    return hashlib.sha256(json.dumps(["refdesk", *of]).encode()).hexdigest()[:count]
