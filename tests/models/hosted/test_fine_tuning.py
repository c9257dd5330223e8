import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.backend import BackendError, Message
from models.hosted import HostedServer
from models.hosted.fine_tuning import Chat, HostedFineTuning, HostedJob
from tests.models.hosted.tuning_server import KEY, STEPS, TuningServer

CHATS = [
    Chat(messages=[Message(role="system", content="Answer."), Message(role="user", content=f"{n}?")], answer=f"{n} €")
    for n in range(12)
]


@pytest.fixture
def tuning_server() -> Iterator[TuningServer]:
    server = TuningServer()
    yield server
    server.close()


@pytest.fixture
def tuning(tuning_server: TuningServer, tmp_path: Path) -> Iterator[HostedFineTuning]:
    server = HostedServer(tuning_server.url, api_key=KEY)
    yield HostedFineTuning(server, tmp_path / "jobs")
    server.close()


def _train(tuning: HostedFineTuning, **more: object) -> HostedJob:
    return tuning.train(CHATS, base="small", suffix="desk", poll_s=0.01, **more)  # type: ignore[arg-type]


def test_the_rows_arrive_as_chats_and_a_model_comes_back(tuning: HostedFineTuning, tuning_server: TuningServer) -> None:
    told: list[HostedJob] = []
    job = _train(tuning, held_out=CHATS[:2], told=told.append)
    assert (job.state, job.model, job.trained_tokens) == ("succeeded", "ft:small:desk", 99)
    assert [(one.step, one.steps) for one in told] == [(n + 1, STEPS) for n in range(STEPS)]
    assert told[1].loss == 0.5
    learnt, checked = tuning_server.files.values()
    assert [len(learnt), len(checked)] == [12, 2]
    assert learnt[3]["messages"] == [
        {"role": "system", "content": "Answer."},
        {"role": "user", "content": "3?"},
        {"role": "assistant", "content": "3 €"},
    ]
    assert tuning_server.jobs["ftjob-0"]["validation_file"] == "file-1"


def test_asked_again_for_the_same_it_pays_once(tuning: HostedFineTuning, tuning_server: TuningServer) -> None:
    first = _train(tuning)
    assert _train(tuning) == first
    assert len(tuning_server.jobs) == 1
    assert tuning.train(CHATS[1:], base="small", suffix="desk", poll_s=0.01).id != first.id


@pytest.mark.parametrize("ended_at", ["file", "job"])
def test_ended_in_the_middle_it_goes_on_with_the_same_job(
    tuning: HostedFineTuning, tuning_server: TuningServer, tmp_path: Path, ended_at: str
) -> None:
    def end(job: HostedJob) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _train(tuning, told=end)
    if ended_at == "file":  # the job was made, and what was written down last is the file
        (begun,) = (tmp_path / "jobs").glob("*.json")
        begun.write_text('{"file": "file-0"}')
    assert _train(tuning).model == "ft:small:desk"
    assert (len(tuning_server.jobs), len(tuning_server.files)) == (1, 1)


def test_cancelled_here_it_is_cancelled_there(tuning: HostedFineTuning, tuning_server: TuningServer) -> None:
    cancel = threading.Event()
    with pytest.raises(BackendError, match="was cancelled"):
        _train(tuning, told=lambda job: cancel.set(), cancel=cancel)
    assert tuning_server.jobs["ftjob-0"]["status"] == "cancelled"
    assert _train(tuning).id == "ftjob-1"  # another try is a new one


def test_a_server_that_is_away_for_a_while_is_waited_for(tuning: HostedFineTuning, tuning_server: TuningServer) -> None:
    def leave(job: HostedJob) -> None:
        if job.step == 1:
            tuning_server.failures = [500, 429, 503]

    assert _train(tuning, told=leave).state == "succeeded"


def test_what_cannot_be_is_one_sentence(tuning: HostedFineTuning, tuning_server: TuningServer, tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="nothing to learn from"):
        tuning.train([], base="small", suffix="desk")
    with pytest.raises(BackendError, match="large cannot be fine-tuned"):
        tuning.train(CHATS, base="large", suffix="desk")
    tuning_server.reason = "The file has\ntoo few rows."
    with pytest.raises(BackendError, match=r"ftjob-0 failed on “127.0.0.1:\d+”: The file has too few rows\."):
        _train(tuning)
    stranger = HostedServer(tuning_server.url, api_key="sk-other")
    with pytest.raises(BackendError, match="does not accept the key"):
        HostedFineTuning(stranger, tmp_path / "others").train(CHATS, base="small", suffix="desk")
    stranger.close()


def test_a_server_without_fine_tuning_says_so(tuning: HostedFineTuning, tuning_server: TuningServer) -> None:
    tuning_server.failures = [404]
    with pytest.raises(BackendError, match="does not fine-tune"):
        _train(tuning)


def test_a_job_that_is_forgotten_there_is_begun_anew(tuning: HostedFineTuning, tuning_server: TuningServer) -> None:
    _train(tuning)
    tuning_server.jobs.clear()
    with pytest.raises(BackendError, match="has forgotten the job"):
        _train(tuning)
    assert _train(tuning).state == "succeeded"
