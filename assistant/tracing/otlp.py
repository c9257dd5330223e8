"""Traces as Langfuse takes them: an OpenTelemetry export request, with the attributes that its SDK sets.

Source: the OpenTelemetry protocol 1.x (`ExportTraceServiceRequest`) and the attribute names of Langfuse's SDK 5.
Importing this imports that SDK, which takes half a second.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from langfuse import LangfuseOtelSpanAttributes as Name
from langfuse import __version__
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

_SCOPE = "langfuse-sdk"
"""By this name Langfuse knows how attributes are encoded; of any other it copies them all into the metadata."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def export_request(traces: Sequence[Mapping[str, Any]], *, environment: str = "default") -> bytes:
    """Traces, made by `assistant.tracing.trace.trace_of`, as the body of one request; not compressed.

    `environment` is of those that name none themselves.
    """
    spans = [
        _span({"environment": environment, **trace}, observation)
        for trace in traces
        for observation in trace["observations"]
    ]
    scope = InstrumentationScope(name=_SCOPE, version=__version__)
    resource = Resource(attributes=_attributes({"service.name": "refdesk"}))
    request = ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource, scope_spans=[ScopeSpans(scope=scope, spans=spans)])]
    )
    body: bytes = request.SerializeToString()
    return body


def _span(trace: Mapping[str, Any], observation: Mapping[str, Any]) -> Span:
    return Span(
        trace_id=bytes.fromhex(trace["id"]),
        span_id=bytes.fromhex(observation["id"]),
        parent_span_id=bytes.fromhex(observation["parent"] or ""),
        name=observation["name"],
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=_nanoseconds(observation["began_at"]),
        end_time_unix_nano=_nanoseconds(observation["ended_at"]),
        attributes=_attributes(
            _of_the_trace(trace) | _of_the_experiment(trace, observation) | _of_the_observation(observation)
        ),
    )


def _of_the_trace(trace: Mapping[str, Any]) -> dict[str, Any]:
    """On every span of it: a Langfuse that keeps spans alone looks for them there."""
    return {
        Name.TRACE_NAME: trace["name"],
        Name.TRACE_SESSION_ID: trace["session"],
        Name.TRACE_USER_ID: trace["user"],
        Name.TRACE_TAGS: trace["tags"] or None,
        Name.ENVIRONMENT: trace["environment"],
        Name.RELEASE: trace.get("release"),
    }


def _of_the_experiment(trace: Mapping[str, Any], observation: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a trace the run of a data set's item; on every span, and what is expected on the first."""
    experiment = trace.get("experiment")
    if not experiment:
        return {}
    return {
        Name.EXPERIMENT_ID: experiment["id"],
        Name.EXPERIMENT_NAME: experiment["name"],
        Name.EXPERIMENT_METADATA: _json(experiment["metadata"]),
        Name.EXPERIMENT_DATASET_ID: experiment["data_set"],
        Name.EXPERIMENT_ITEM_ID: experiment["item"],
        Name.EXPERIMENT_ITEM_METADATA: _json(experiment["about"]),
        Name.EXPERIMENT_ITEM_ROOT_OBSERVATION_ID: experiment["root"],
        Name.EXPERIMENT_ITEM_EXPECTED_OUTPUT: None if observation["parent"] else _json(experiment["expected"]),
    }


def _of_the_observation(observation: Mapping[str, Any]) -> dict[str, Any]:
    prompt = observation.get("prompt") or {}
    attributes: dict[str, Any] = {
        Name.OBSERVATION_TYPE: observation["kind"],
        Name.OBSERVATION_INPUT: _text(observation.get("input")),
        Name.OBSERVATION_OUTPUT: _text(observation.get("output")),
        Name.OBSERVATION_LEVEL: observation.get("level"),
        Name.OBSERVATION_STATUS_MESSAGE: observation.get("message"),
        Name.OBSERVATION_MODEL: observation.get("model"),
        Name.OBSERVATION_MODEL_PARAMETERS: _text(observation.get("parameters")),
        Name.OBSERVATION_PROMPT_NAME: prompt.get("name"),
        Name.OBSERVATION_PROMPT_VERSION: prompt.get("version"),
        Name.OBSERVATION_USAGE_DETAILS: _text(observation.get("usage")),
        Name.OBSERVATION_COST_DETAILS: _text(observation.get("cost")),
        # Twice encoded, as the SDK does it.
        Name.OBSERVATION_COMPLETION_START_TIME: _json(observation.get("first_token_at")),
        Name.IS_APP_ROOT: True if observation["parent"] is None else None,
    }
    # Each value of the metadata is JSON, a string too, so that "12" and 12 stay apart.
    for name, value in (observation.get("metadata") or {}).items():
        attributes[f"{Name.OBSERVATION_METADATA}.{name}"] = _json(value)
    return attributes


def _attributes(values: Mapping[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=name, value=_value(value)) for name, value in values.items() if value is not None]


def _value(value: str | bool | int | Sequence[str]) -> AnyValue:
    if isinstance(value, str):
        # Half a surrogate pair is no text to protobuf, and would hold up the whole trace.
        return AnyValue(string_value=value.encode("utf-8", "replace").decode())
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    return AnyValue(array_value=ArrayValue(values=[_value(each) for each in value]))


def _text(value: Any) -> str | None:
    """A string as it is, anything else as JSON."""
    return value if value is None or isinstance(value, str) else _json(value)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _nanoseconds(moment: str) -> int:
    # In whole microseconds: a float of this size has lost them.
    return (datetime.fromisoformat(moment) - _EPOCH) // timedelta(microseconds=1) * 1000
