import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from langfuse import Langfuse as Sdk
from langfuse import LangfuseOtelSpanAttributes as Name

from assistant.conversations import Choices
from assistant.data_sets.rows import Row
from assistant.data_sets.shared_items import item_id
from assistant.desk import Desk
from assistant.evaluation.experiment_traces import Experiment
from assistant.evaluation.running import Plan
from assistant.evaluation.runs import Run
from assistant.settings import Settings
from assistant.tracing.project import LangfuseError
from tests.assistant.tracing.turns import until
from tests.conftest import SAMPLES
from tests.langfuse_server import PUBLIC_KEY, SECRET_KEY, LangfuseServer

DIRECT = Choices(backend="scripted", prompt="direct")


@pytest.fixture
def desk(sample_home: Path, tmp_path: Path, langfuse: LangfuseServer) -> Iterator[Desk]:
    """A desk with the samples, and keys."""
    home = Path(shutil.copytree(sample_home, tmp_path / "home"))
    keys = {"url": langfuse.url, "public_key": PUBLIC_KEY, "secret_key": SECRET_KEY, "timeout_s": 2}
    settings = Settings(home=home, backend="scripted", answer={"max_tokens": 5}, langfuse=keys)
    with Desk(settings) as opened:
        yield opened


def _run(desk: Desk, *, rows: int = 4) -> Run:
    desk.data_sets.take("samples", desk.evaluation.rows(str(SAMPLES / "rows.jsonl"))[:rows])
    return desk.evaluation.evaluate(Plan(data_set="samples", rows=desk.data_sets.rows("samples"), choices=DIRECT))


def _sent(desk: Desk) -> None:
    assert desk.sender is not None
    desk.sender.start()
    until(lambda: desk.outbox.waiting().rows == 0)


def test_a_run_arrives_as_an_experiment_on_its_data_set(desk: Desk, langfuse: LangfuseServer) -> None:
    run = _run(desk)
    desk.shared_sets.push("samples")
    shown = desk.experiments.push(run.id[:6])
    _sent(desk)
    assert (shown.rows, shown.left_out) == (4, 0)
    rows = [one.row for one in desk.evaluation.asked(run.id)]
    [(experiment_id, items)] = langfuse.experiments.items()
    assert items == {item_id("samples", row.id) for row in rows}
    assert items == langfuse.items.keys()
    experiment = Experiment(
        run=run, data_set="samples", data_set_id=langfuse.data_sets["samples"]["id"], project_id="p"
    )
    assert experiment.id == experiment_id
    asked = desk.evaluation.asked(run.id)
    for one in asked:
        trace = langfuse.trace(experiment.trace_id(one.row.id))
        attributes = trace["attributes"]
        assert attributes[Name.OBSERVATION_OUTPUT] == one.result.answer
        assert json.loads(attributes[Name.OBSERVATION_INPUT])["question"] == one.row.question
        assert attributes[Name.EXPERIMENT_ITEM_ID] == item_id("samples", one.row.id)
        assert json.loads(attributes[Name.EXPERIMENT_ITEM_EXPECTED_OUTPUT])["answers"] == list(one.row.answers)
        assert {span["attributes"][Name.EXPERIMENT_ID] for span in (trace, *trace["observations"])} == {experiment_id}
        assert {span["attributes"][Name.ENVIRONMENT] for span in (trace, *trace["observations"])} == {"sdk-experiment"}
        assert [span["name"] for span in trace["observations"]].count("retrieve") == 1
        scores = {
            score["name"]: score["value"]
            for score in langfuse.scores.values()
            if score.get("traceId") == experiment.trace_id(one.row.id)
        }
        assert scores == {name: value for name, value in one.measures.items() if value is not None}
    assert run.summary is not None
    of_run = {score["name"]: score["value"] for score in langfuse.scores.values() if "datasetRunId" in score}
    assert of_run == {name: found.value for name, found in run.summary.measures.items()}
    assert shown.scores == len(langfuse.scores)
    assert langfuse.complaints == []


def test_personal_data_of_a_row_does_not_leave(desk: Desk, langfuse: LangfuseServer) -> None:
    secret = "ann.barker@example.org"
    row = Row(id="r", question=f"What is {secret} paid?", answers=(f"{secret} gets £9",), tags=(secret,))
    desk.data_sets.take("samples", [row])
    run = desk.evaluation.evaluate(Plan(data_set="samples", rows=[row], choices=DIRECT))
    desk.shared_sets.push("samples")
    desk.experiments.push(run.id)
    _sent(desk)
    [trace_id] = langfuse.traces
    assert "£9" in str(langfuse.trace(trace_id))
    assert secret not in str(langfuse.trace(trace_id))


def test_pushed_again_it_overwrites_itself(desk: Desk, langfuse: LangfuseServer) -> None:
    run = _run(desk)
    desk.shared_sets.push("samples")
    desk.experiments.push(run.id)
    _sent(desk)
    spans, scores = set(langfuse.spans), dict(langfuse.scores)
    desk.experiments.push(run.id)
    _sent(desk)
    assert (set(langfuse.spans), langfuse.scores) == (spans, scores)
    assert langfuse.complaints == []


def test_what_langfuse_does_not_take_at_once_waits_and_arrives(desk: Desk, langfuse: LangfuseServer) -> None:
    run = _run(desk)
    desk.shared_sets.push("samples")
    desk.experiments.push(run.id)
    langfuse.fault = 500
    assert desk.sender is not None
    before = langfuse.requests
    desk.sender.start()
    until(lambda: langfuse.requests > before)
    langfuse.fault = None
    _sent(desk)
    assert len(langfuse.traces) == 4
    assert langfuse.complaints == []


def test_the_id_is_the_one_that_langfuse_makes(desk: Desk) -> None:
    run = _run(desk, rows=1)
    experiment = Experiment(run=run, data_set="samples", data_set_id="set-ä", project_id="p")
    sdk = Sdk(public_key="pk-lf-id", secret_key=SECRET_KEY, base_url="http://127.0.0.1:9", tracing_enabled=False)
    theirs = sdk._create_experiment_id(project_id="p", dataset_id="set-ä", run_name=experiment.name)
    assert experiment.id == theirs


def test_what_cannot_be_shown_is_one_sentence(desk: Desk, langfuse: LangfuseServer) -> None:
    run = _run(desk)
    with pytest.raises(LangfuseError, match="Langfuse has no data set “samples”"):
        desk.experiments.push(run.id)
    langfuse.take_data_set({"name": "samples"})
    with pytest.raises(LangfuseError, match="none of the rows of this run"):
        desk.experiments.push(run.id)
    desk.shared_sets.push("samples")
    desk.outbox._rows = 20
    with pytest.raises(LangfuseError, match="more than the outbox has room for"):
        desk.experiments.push(run.id)
    desk.data_sets.remove("samples")
    with pytest.raises(LangfuseError, match="is no data set of the catalogue"):
        desk.experiments.push(run.id)
    assert desk.outbox.waiting().rows == 0
