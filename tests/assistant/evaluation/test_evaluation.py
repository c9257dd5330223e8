"""Evaluation on a real desk with the samples."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.conversations import Choices
from assistant.data_sets.rows import Row, RowsError, write_rows
from assistant.desk import Desk
from assistant.evaluation.export import Exported, read_run, to_json, write_run
from assistant.evaluation.running import Plan, Progress
from assistant.evaluation.runs import UnknownRun
from assistant.retrieval import UnknownCollection
from assistant.settings import Settings
from tests.assistant.evaluation.killed import work
from tests.conftest import SAMPLES, Hosted
from tests.models.hosted.misbehaving import Server, piece, streams, usage
from tests.warmed import warm_context

QUOTE = Choices(backend="scripted", prompt="quote")
DIRECT = Choices(backend="scripted", prompt="direct")
ROWS = SAMPLES / "rows.jsonl"


@pytest.fixture(scope="module")
def desk(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with the samples that writes."""
    home = tmp_path_factory.mktemp("evaluation") / "home"
    shutil.copytree(sample_home, home)
    with Desk(Settings(home=home, backend="scripted", answer={"max_tokens": 5})) as opened:
        yield opened


@pytest.fixture
def rows(desk: Desk) -> list[Row]:
    """Six of the samples' rows, follow-ups among them, with ids that no other test has."""
    chosen = desk.evaluation.rows(str(ROWS))
    return [*chosen[:3], *[row for row in chosen if row.history][:2], chosen[-1]]


def plan(rows: list[Row], choices: Choices = QUOTE, **more: object) -> Plan:
    return Plan(data_set="rows", rows=rows, choices=choices, **more)  # type: ignore[arg-type]


def answered_in(desk: Desk, run_id: str) -> list[float | None]:
    """Seconds of each row, by which one that was asked again can be told."""
    return [one.measures["total_s"] for one in desk.evaluation.asked(run_id)]


def test_rows_are_asked_measured_and_kept(desk: Desk, rows: list[Row]) -> None:
    shown: list[Progress] = []
    run = desk.evaluation.evaluate(plan(rows, fresh=True), progress=shown.append)
    assert (run.state, run.done, run.total) == ("done", 6, 6)
    assert [(of.stage, of.done) for of in shown] == [("loading", 0), *(("asking", done) for done in range(7))]
    asked = desk.evaluation.asked(run.id)
    assert [one.row for one in asked] == rows
    assert all(len(one.result.passages) == 10 for one in asked)
    assert [hit.n for hit in asked[0].result.passages] == [1, 2, 3, 4, 5, 6, 7, 8, None, None]
    assert asked[3].result.searched != asked[3].row.question  # a follow-up
    assert asked[0].result.stages.keys() >= {"retrieve", "quote"}
    assert run.summary is not None
    assert run.summary.value("groundedness") == 1  # quotes stand in the passages
    assert run.summary.value("decision_accuracy") is not None
    assert all(one.result.confidence is not None for one in asked)


def test_what_was_answered_is_not_asked_again_unless_it_is_wanted(desk: Desk, rows: list[Row]) -> None:
    first = desk.evaluation.evaluate(plan(rows, fresh=True))
    again = desk.evaluation.evaluate(plan(rows))
    assert again.id != first.id
    assert answered_in(desk, again.id) == answered_in(desk, first.id)
    fresh = desk.evaluation.evaluate(plan(rows, fresh=True))
    assert answered_in(desk, fresh.id) != answered_in(desk, first.id)
    changed = [replace(rows[0], question=f"{rows[0].question} Please."), *rows[1:]]
    other = desk.evaluation.evaluate(plan(changed))
    same = [a == b for a, b in zip(answered_in(desk, other.id), answered_in(desk, fresh.id), strict=True)]
    assert same == [False, *[True] * 5]


def test_gold_that_was_corrected_is_measured_by_without_asking_again(desk: Desk, rows: list[Row]) -> None:
    first = desk.evaluation.evaluate(plan(rows[:1], fresh=True))
    moved = replace(rows[0], sources=(replace(rows[0].sources[0], document="nowhere.pdf"),))
    second = desk.evaluation.evaluate(plan([moved]))
    assert answered_in(desk, second.id) == answered_in(desk, first.id)
    assert desk.evaluation.asked(first.id)[0].measures["document_recall_10"] == 1
    assert desk.evaluation.asked(second.id)[0].measures["document_recall_10"] == 0


def test_every_figure_can_be_computed_anew_from_the_json(desk: Desk, rows: list[Row], tmp_path: Path) -> None:
    run = desk.evaluation.evaluate(plan(rows))
    exported = Exported(run=run, asked=desk.evaluation.asked(run.id))
    write_run(tmp_path / "run.json", exported)
    document = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    for one in document["rows"]:
        one["measures"] = {}
    document["summary"] = None
    (tmp_path / "bare.json").write_text(json.dumps(document), encoding="utf-8")
    back = read_run(tmp_path / "bare.json")
    assert back.run == run
    assert to_json(back) == to_json(exported)


def test_a_cancelled_run_goes_on_where_it_was(desk: Desk, rows: list[Row]) -> None:
    stop = threading.Event()

    def after_two(of: Progress) -> None:
        if of.done == 2:
            stop.set()

    rows = [replace(row, question=f"{row.question} Now.") for row in rows]
    broken = desk.evaluation.evaluate(plan(rows), progress=after_two, stop=stop)
    assert (broken.state, broken.done, broken.summary) == ("cancelled", 2, None)
    before = answered_in(desk, broken.id)
    whole = desk.evaluation.evaluate(plan(rows, resume=broken.id))
    assert (whole.id, whole.state, whole.done) == (broken.id, "done", 6)
    assert answered_in(desk, whole.id)[:2] == before


def test_what_cannot_be_gone_on_with_is_refused_with_the_reason(desk: Desk, rows: list[Row]) -> None:
    stop = threading.Event()
    stop.set()
    rows = [replace(row, question=f"{row.question} Then.") for row in rows]
    run = desk.evaluation.evaluate(plan(rows), stop=stop)
    with pytest.raises(UnknownRun, match="made of other rows"):
        desk.evaluation.evaluate(plan(rows[:1], resume=run.id))
    with pytest.raises(UnknownRun, match=r"another configuration \(backend, .*prompt"):
        desk.evaluation.evaluate(plan(rows, DIRECT, resume=run.id))
    with pytest.raises(UnknownRun, match="There is no run"):
        desk.evaluation.evaluate(plan(rows, resume="0" * 12))
    done = desk.evaluation.evaluate(plan(rows[:1]))
    with pytest.raises(UnknownRun, match="is done"):
        desk.evaluation.evaluate(plan(rows[:1], resume=done.id))


def test_a_killed_run_goes_on_where_it_was(sample_home: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(sample_home, tmp_path / "home"))
    context = warm_context()
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=work, args=(home, theirs))
    child.start()
    theirs.close()
    run_id, done = ours.recv()
    while done < 3:
        run_id, done = ours.recv()
    child.kill()
    child.join()
    with Desk(Settings(home=home)) as desk:
        broken = desk.evaluation.run(run_id)
        assert (broken.state, broken.total) == ("running", 12)
        assert 3 <= broken.done < 12
        before = answered_in(desk, run_id)
        rows = desk.evaluation.rows(str(ROWS), limit=12)
        choices = Choices(backend="local", prompt="quote")
        whole = desk.evaluation.evaluate(Plan(data_set="rows.jsonl", rows=rows, choices=choices))
        assert (whole.id, whole.state, whole.done) == (run_id, "done", 12)
        assert answered_in(desk, run_id)[: len(before)] == before


def test_a_model_s_answers_are_measured_with_their_tokens(desk: Desk, rows: list[Row]) -> None:
    run = desk.evaluation.evaluate(plan(rows[:2], DIRECT))
    assert run.configuration.name == "scripted (scripted) direct@1"
    assert run.summary is not None
    assert (run.summary.value("completion_tokens") or 0) > 0
    assert (run.summary.value("first_token_s") or 0) > 0


def test_a_judge_s_opinions_are_kept_and_not_asked_for_again(
    sample_home: Path, tmp_path: Path, rows: list[Row]
) -> None:
    home = Path(shutil.copytree(sample_home, tmp_path / "home"))
    server = Server()
    server.chat = streams(piece('{"reason": "It says so.", "score": 4}'), piece(finish="stop"), usage(200, 20))
    shown: list[Progress] = []
    choices = Choices(backend="hosted", prompt="quote")
    with Desk(Settings(home=home, hosted={"base_url": server.url, "models": ["small"]})) as judging:
        run = judging.evaluation.evaluate(plan(rows[:2], choices, judge="hosted"), progress=shown.append)
        assert [of.stage for of in shown[-2:]] == ["judging", "judging"]
        opinions = [one.result.opinions for one in judging.evaluation.asked(run.id)]
        assert [[opinion.rubric for opinion in of_row] for of_row in opinions] == [
            ["correctness@1", "faithfulness@1"]
        ] * 2
        assert run.summary is not None
        assert run.summary.value("judged_correctness") == 4
        asked = len(server.asked)
        again = judging.evaluation.evaluate(plan(rows[:2], choices, judge="hosted:small"))
        assert [one.result.opinions for one in judging.evaluation.asked(again.id)] == opinions
        assert len(server.asked) == asked
    server.close()


def test_passages_alone_are_ranked_as_a_turn_ranks_them(desk: Desk, rows: list[Row]) -> None:
    searched = desk.evaluation.evaluate(plan(rows, retrieval_only=True))
    turned = desk.evaluation.evaluate(plan(rows))
    for one, other in zip(desk.evaluation.asked(searched.id), desk.evaluation.asked(turned.id), strict=True):
        assert one.result.passages == other.result.passages
        assert one.result.searched == other.result.searched
        assert one.result.answer is None
    assert searched.configuration.prompt == "search"
    assert searched.summary is not None
    assert searched.summary.value("answer_f1") is None


def test_a_hosted_backend_is_asked_several_at_once(
    sample_home: Path, tmp_path: Path, hosted_server: Hosted, rows: list[Row]
) -> None:
    home = Path(shutil.copytree(sample_home, tmp_path / "home"))
    hosted = {"base_url": hosted_server.url, "api_key": hosted_server.key, "models": [hosted_server.model]}
    settings = Settings(home=home, hosted=hosted, answer={"max_tokens": 8}, prices={"models": {"smollm2": _PRICE}})
    with Desk(settings) as hosting:
        run = hosting.evaluation.evaluate(plan(rows[:2], Choices(backend="hosted", prompt="direct"), at_once=2))
        asked = hosting.evaluation.asked(run.id)
        assert [one.row.id for one in asked] == [row.id for row in rows[:2]]
        assert [one.result.error for one in asked] == [None] * 2
        assert run.summary is not None
        assert (run.summary.value("cost") or 0) > 0


_PRICE = {"input": 1.0, "output": 2.0}


def test_runs_in_the_background_are_jobs_and_can_be_compared(desk: Desk, rows: list[Row], tmp_path: Path) -> None:
    path = tmp_path / "few.jsonl"
    write_rows(path, rows)
    batch = desk.evaluation.start(str(path), prompts=["quote", "direct"], limit=2, label="both")
    deadline = time.monotonic() + 60
    while not all(job.is_finished for job in desk.jobs.list(batch=batch)) and time.monotonic() < deadline:
        time.sleep(0.05)
    jobs = desk.jobs.list(batch=batch)
    assert [(job.state, job.done, job.total, job.error) for job in jobs] == [("done", 2, 2, None)] * 2
    assert [job.label for job in jobs] == ["few.jsonl: quote@1", "few.jsonl: scripted (scripted) direct@1"]
    first, second = (job.result["run"] for job in jobs if job.result)
    assert {run.id for run in desk.evaluation.runs("few.jsonl")} == {first, second}
    assert desk.evaluation.compare(first, second).common == 2


def test_what_is_not_there_is_one_sentence(desk: Desk, rows: list[Row]) -> None:
    with pytest.raises(RowsError, match="There is no data set “nothing”"):
        desk.evaluation.start("nothing")
    with pytest.raises(UnknownCollection):
        desk.evaluation.evaluate(plan(rows, replace(QUOTE, collections=("fish",))))
    assert desk.evaluation.runs("rows")[0].state == "failed"
    assert desk.evaluation.strangers(rows, ()) == []
    stranger = replace(rows[0], sources=(replace(rows[0].sources[0], document="gone.pdf"),))
    assert desk.evaluation.strangers([*rows, stranger], ()) == ["gone.pdf"]
