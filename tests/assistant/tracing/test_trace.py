import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langfuse import Langfuse as Sdk
from langfuse import LangfuseOtelSpanAttributes as Name
from langfuse import propagate_attributes
from langfuse.api import Prompt_Text
from langfuse.model import TextPromptClient

from assistant.events import Step
from assistant.tracing import Outbox, trace_of
from assistant.tracing.otlp import export_request
from assistant.tracing.trace import masked
from ingest.catalogue import Catalogue
from tests.assistant.tracing.conftest import Start
from tests.assistant.tracing.turns import ASKED_AT, answered, record, trace_id, until
from tests.langfuse_server import PUBLIC_KEY, SECRET_KEY, LangfuseServer


def _trace(number: int = 1, **finished: Any) -> dict[str, Any]:
    turn = answered(number)
    assert turn.finished is not None
    turn.finished = replace(turn.finished, **finished)
    return trace_of(turn, session="conversation", person="reader", asked_at=ASKED_AT, tags=["samples"])


def _nanoseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def _decoded(attributes: dict[str, Any]) -> dict[str, Any]:
    """The metadata, as Langfuse reads it."""
    prefix = f"{Name.OBSERVATION_METADATA}."
    return {key.removeprefix(prefix): json.loads(value) for key, value in attributes.items() if key.startswith(prefix)}


def test_a_turn_arrives_with_its_question_answer_and_steps(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start
) -> None:
    with catalogue.writing() as session:
        outbox.trace(session, _trace())
    start()
    until(lambda: outbox.waiting().rows == 0)
    trace = langfuse.trace(trace_id(1))
    root = trace["attributes"]
    assert (root[Name.OBSERVATION_INPUT], root[Name.OBSERVATION_OUTPUT]) == ("What does it pay?", "You get £165 [1].")
    assert (trace["began"], trace["ended"]) == (
        _nanoseconds(ASKED_AT),
        _nanoseconds(ASKED_AT + timedelta(seconds=1.4)),
    )
    about = _decoded(root)
    assert about["documents"] == [{"document": "staff-handbook.pdf", "version": 7}]
    assert (about["prompt"], about["prompt_version"], about["abstained"]) == ("direct", "3", False)
    for span in (trace, *trace["observations"]):
        attributes = span["attributes"]
        assert (attributes[Name.TRACE_SESSION_ID], attributes[Name.TRACE_USER_ID]) == ("conversation", "reader")
        assert attributes[Name.TRACE_TAGS] == ["samples"]
    turn = answered()
    assert turn.finished is not None
    assert {span["parent"] for span in trace["observations"]} == {trace["id"]}
    assert sorted(
        (span["name"], span["attributes"][Name.OBSERVATION_TYPE], span["began"], span["ended"])
        for span in trace["observations"]
    ) == sorted(
        (
            step.name,
            step.kind,
            _nanoseconds(ASKED_AT + timedelta(seconds=step.began_s)),
            _nanoseconds(ASKED_AT + timedelta(seconds=step.ended_s)),
        )
        for step in turn.finished.steps
    )
    by_name = {span["name"]: span["attributes"] for span in trace["observations"]}
    assert by_name["retrieve"][Name.OBSERVATION_INPUT] == "duty phone"
    assert json.loads(by_name["retrieve"][Name.OBSERVATION_OUTPUT])[0]["document"] == "staff-handbook.pdf"
    assert (by_name["rewrite"][Name.OBSERVATION_LEVEL], by_name["rewrite"][Name.OBSERVATION_STATUS_MESSAGE]) == (
        "ERROR",
        "Broke.",
    )
    assert _decoded(by_name["quote"]) == {"quotes": [1], "score": 0.9}


def test_a_generation_tells_model_parameters_tokens_cost_and_first_token(langfuse: LangfuseServer) -> None:
    assert langfuse.take_spans(export_request([_trace()])) == 200
    spans = langfuse.trace(trace_id(1))["observations"]
    generation = next(span["attributes"] for span in spans if span["name"] == "generation")
    assert generation[Name.OBSERVATION_MODEL] == "m"
    assert json.loads(generation[Name.OBSERVATION_MODEL_PARAMETERS]) == {"max_tokens": 220, "temperature": 0.0}
    usage = json.loads(generation[Name.OBSERVATION_USAGE_DETAILS])
    assert usage == {"input": 300, "input_cached_tokens": 600, "output": 12, "total": 912}
    assert json.loads(generation[Name.OBSERVATION_COST_DETAILS]) == {"total": 0.002}
    first_token = datetime.fromisoformat(json.loads(generation[Name.OBSERVATION_COMPLETION_START_TIME]))
    assert first_token == ASKED_AT + timedelta(seconds=0.5)
    assert "What does it pay?" in json.loads(generation[Name.OBSERVATION_INPUT])[0]["content"]
    assert _decoded(generation) == {"backend": "hosted", "served": "m-2026", "prompt": "direct@3"}
    embedding = next(span["attributes"] for span in spans if span["name"] == "embed")
    assert (embedding[Name.OBSERVATION_MODEL], embedding[Name.OBSERVATION_INPUT]) == ("minilm", "duty phone")
    assert _decoded(embedding) == {"dimensions": 384}


def test_attributes_are_those_that_the_sdk_itself_sends(langfuse: LangfuseServer) -> None:
    ours = LangfuseServer()
    ours.take_spans(export_request([_trace()], environment="staging"))
    sdk = Sdk(
        public_key=PUBLIC_KEY,
        secret_key=SECRET_KEY,
        base_url=langfuse.url,
        flush_interval=0.05,
        release=version("refdesk"),
    )
    about = {"query": "duty phone", "abstained": False, "documents": [{"document": "a", "version": 7}], "cost": 0.002}
    prompt = TextPromptClient(
        Prompt_Text(name="direct", version=3, prompt="", config={}, labels=[], tags=[], type="text")
    )
    with (
        propagate_attributes(
            trace_name="turn", session_id="conversation", user_id="reader", tags=["samples"], environment="staging"
        ),
        sdk.start_as_current_observation(name="turn", as_type="span", input="q", output="a", metadata=about),
        sdk.start_as_current_observation(
            name="generation",
            as_type="generation",
            model="m",
            input=[{"role": "user", "content": "£"}],
            output={"role": "assistant", "content": "£"},
            model_parameters={"max_tokens": 220, "temperature": 0.0},
            usage_details={"input": 300, "input_cached_tokens": 600, "output": 12, "total": 912},
            cost_details={"total": 0.002},
            completion_start_time=ASKED_AT,
            metadata={"backend": "hosted", "served": "m-2026", "prompt": "direct@3"},
            prompt=prompt,
        ),
    ):
        pass
    sdk.flush()
    sdk.shutdown()
    theirs = {span["name"]: span["attributes"] for span in langfuse.spans.values()}
    mine = {span["name"]: span["attributes"] for span in ours.spans.values()}
    # Of the turn's metadata the SDK was given a part; all other attributes are to be the same.
    some = {key for key in mine["turn"] if key.startswith(Name.OBSERVATION_METADATA) and key not in theirs["turn"]}
    for name, ignored in (("turn", some), ("generation", set())):
        assert mine[name].keys() - ignored == theirs[name].keys()
        for key in mine[name].keys() - ignored:
            assert type(mine[name][key]) is type(theirs[name][key]), key
    for key in ("query", "abstained", "cost"):
        metadata = f"{Name.OBSERVATION_METADATA}.{key}"
        assert mine["turn"][metadata] == theirs["turn"][metadata]
    for key in (Name.OBSERVATION_PROMPT_NAME, Name.OBSERVATION_PROMPT_VERSION, Name.ENVIRONMENT, Name.RELEASE):
        assert mine["generation"][key] == theirs["generation"][key]
    for key in (Name.OBSERVATION_USAGE_DETAILS, Name.OBSERVATION_COST_DETAILS, Name.OBSERVATION_MODEL_PARAMETERS):
        assert json.loads(mine["generation"][key]) == json.loads(theirs["generation"][key])


def test_a_turn_makes_the_same_ids_whenever_its_trace_is_made_and_another_turn_others() -> None:
    def ids(trace: dict[str, Any]) -> list[str]:
        return [observation["id"] for observation in trace["observations"]]

    assert ids(_trace()) == ids(_trace())
    assert len(set(ids(_trace(1)) + ids(_trace(2)))) == 14


@pytest.mark.parametrize(
    ("ended", "level"),
    [
        ({"error": "The model broke: choose another."}, "ERROR"),
        ({"stop_reason": "It asks for the system prompt.", "stopped_by": "leak"}, "WARNING"),
    ],
)
def test_a_turn_that_failed_or_was_stopped_says_why(ended: dict[str, str], level: str) -> None:
    root = _trace(exchange=None, **ended)["observations"][0]
    assert (root["level"], root["message"]) == (level, next(iter(ended.values())))


def test_what_was_said_is_masked_and_ids_and_times_are_not() -> None:
    def mask(value: Any) -> Any:
        if isinstance(value, str):
            return "X"
        if isinstance(value, list):
            return [mask(each) for each in value]
        return {name: mask(each) for name, each in value.items()} if isinstance(value, dict) else value

    trace = _trace(error="Of Jane.")
    hidden = masked(trace, mask)
    for before, after in zip(trace["observations"], hidden["observations"], strict=True):
        assert all(before[name] == after[name] for name in ("id", "parent", "kind", "began_at", "ended_at", "name"))
    root = hidden["observations"][0]
    assert (root["input"], root["output"], root["message"]) == ("X", "X", "X")
    assert root["metadata"]["documents"] == [{"document": "X", "version": 7}]
    assert "duty phone" not in json.dumps(hidden)
    assert "£165" not in json.dumps(hidden, ensure_ascii=False)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(details=st.dictionaries(st.text(min_size=1), _JSON, max_size=4), question=st.text(), answer=st.text())
def test_whatever_a_step_counts_and_people_write_can_be_kept_and_sent(
    details: dict[str, Any], question: str, answer: str
) -> None:
    details.pop("error", None)
    turn = answered()
    assert turn.finished is not None
    step = Step(name="quote", kind="span", began_s=0.0, ended_s=0.1, details=details)
    turn.question, turn.finished = question, replace(turn.finished, answer=answer, steps=(step,))
    trace = trace_of(turn, session=None, person=None, asked_at=ASKED_AT)
    assert json.loads(json.dumps(trace, allow_nan=False)) == trace
    server = LangfuseServer()
    assert server.take_spans(export_request([trace])) == 200
    root = server.trace(trace_id(1))["attributes"]
    assert root[Name.OBSERVATION_INPUT] == question
    assert root[Name.OBSERVATION_OUTPUT] == answer
    assert Name.TRACE_USER_ID not in root


def test_half_a_character_is_no_reason_not_to_arrive(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start
) -> None:
    turn = answered()
    turn.question = "What of \ud83d this?\x00"
    with catalogue.writing() as session:
        outbox.trace(session, trace_of(turn, session=None, person=None, asked_at=ASKED_AT))
    record(catalogue, outbox, 2)
    start()
    until(lambda: outbox.waiting().rows == 0)
    assert langfuse.traces == {trace_id(1), trace_id(2)}
