import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.catalogue import Catalogue
from ingest.jobs import Job, Jobs, Report, eta_s, rate


@pytest.fixture
def jobs(catalogue: Catalogue, tmp_path: Path) -> Iterator[Jobs]:
    queue = Jobs(catalogue, lock=tmp_path / "jobs.lock")
    yield queue
    queue.close()


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited for ten seconds"
        time.sleep(0.02)


def _finished(jobs: Jobs, batch: str) -> bool:
    return all(job.is_finished for job in jobs.list(batch=batch))


def _double(work: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
    for job in work:
        if job.label == "bad":
            report(Report(job=job, state="failed", error="It is bad: hand in a good one."))
        else:
            report(Report(job=job, state="done", result={"twice": job.payload["n"] * 2}))


def test_work_is_done_in_the_order_handed_in_and_a_failure_stops_nothing(jobs: Jobs) -> None:
    jobs.register("double", _double)
    jobs.submit("double", "b", [("one", {"n": 1}), ("bad", {}), ("three", {"n": 3})])
    _until(lambda: _finished(jobs, "b"))
    states = [(job.label, job.state, job.result, job.error) for job in jobs.list(batch="b")]
    assert states == [
        ("one", "done", {"twice": 2}, None),
        ("bad", "failed", None, "It is bad: hand in a good one."),
        ("three", "done", {"twice": 6}, None),
    ]


def test_cancelling_ends_what_is_under_way_and_what_waits(jobs: Jobs) -> None:
    def until_cancelled(work: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        for _ in work:
            cancel.wait(10)

    jobs.register("slow", until_cancelled)
    jobs.submit("slow", "b", [("first", {}), ("second", {})])
    _until(lambda: jobs.list(batch="b")[0].state == "running")
    jobs.cancel("b")
    _until(lambda: _finished(jobs, "b"))
    assert [job.state for job in jobs.list(batch="b")] == ["cancelled", "cancelled"]


def test_cancelling_one_batch_leaves_the_others_to_be_done(jobs: Jobs) -> None:
    begun = threading.Semaphore(0)

    def two_at_once(work: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        in_hand = [job for _, job in zip(range(2), work, strict=False)]
        begun.release()
        if len(in_hand) == 2:
            cancel.wait(10)
            return
        for job in in_hand:
            report(Report(job=job, state="done"))

    jobs.register("pair", two_at_once)
    jobs.submit("pair", "kept", [("first", {})])
    jobs.submit("pair", "unwanted", [("second", {})])
    _until(lambda: sum(job.state == "running" for job in jobs.list()) == 2 or _finished(jobs, "kept"))
    jobs.cancel("unwanted")
    _until(lambda: _finished(jobs, "kept") and _finished(jobs, "unwanted"))
    assert jobs.list(batch="kept")[0].state == "done"


def test_a_handler_that_breaks_fails_its_job_and_the_queue_goes_on(jobs: Jobs) -> None:
    def breaks(work: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        next(work)
        raise RuntimeError("boom")

    jobs.register("breaks", breaks)
    jobs.register("double", _double)
    jobs.submit("breaks", "a", [("x", {})])
    jobs.submit("double", "b", [("one", {"n": 1})])
    _until(lambda: _finished(jobs, "a") and _finished(jobs, "b"))
    assert "boom" in (jobs.list(batch="a")[0].error or "")
    assert jobs.list(batch="b")[0].state == "done"


def test_work_half_done_when_the_program_ends_is_begun_again(catalogue: Catalogue, tmp_path: Path) -> None:
    started = threading.Event()

    def interrupted(work: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        next(work)
        started.set()
        cancel.wait(10)

    first = Jobs(catalogue, lock=tmp_path / "jobs.lock")
    first.register("double", interrupted)
    first.submit("double", "b", [("one", {"n": 1}), ("two", {"n": 2})])
    assert started.wait(10)
    first.close()
    assert [job.state for job in first.list(batch="b")] == ["queued", "queued"]

    second = Jobs(catalogue, lock=tmp_path / "jobs.lock")
    second.register("double", _double)
    second.start()
    _until(lambda: _finished(second, "b"))
    assert [job.state for job in second.list(batch="b")] == ["done", "done"]
    second.close()


def _at(state: str, started: datetime | None) -> Job:
    return Job(
        id=1, kind="", batch="", label="", payload={}, state=state, stage="", done=0, total=0, result=None, error=None,
        started_at=started, finished_at=None,
    )  # fmt: skip


def test_the_time_left_follows_the_rate_so_far() -> None:
    now = datetime.now(UTC)
    began = now - timedelta(seconds=10)
    assert eta_s([_at("done", began), _at("queued", None), _at("queued", None)], now) == pytest.approx(20)
    assert eta_s([_at("running", began)], now) is None
    assert eta_s([_at("done", began)], now) is None


def test_the_rate_of_a_job_is_what_it_has_done_a_second() -> None:
    now = datetime.now(UTC)
    running = _at("running", now - timedelta(seconds=10))
    assert rate(replace(running, done=5, total=20), now) == pytest.approx(0.5)
    assert rate(running, now) is None
    assert rate(replace(_at("queued", None), done=5), now) is None


def test_a_batch_that_waits_knows_what_for(jobs: Jobs) -> None:
    going_on = threading.Event()

    def until_told(work: Iterator[Job], report: Callable[[Report], None], cancel: threading.Event) -> None:
        for job in work:
            going_on.wait(10)
            report(Report(job=job, state="done"))

    jobs.register("slow", until_told)
    jobs.register("double", _double)
    jobs.submit("slow", "a", [("an evaluation", {})])
    _until(lambda: jobs.list(batch="a")[0].state == "running")
    jobs.submit("double", "b", [("one", {"n": 1})])
    ahead = jobs.ahead("b")
    assert ahead is not None
    assert ahead.label == "an evaluation"
    assert jobs.ahead("a") is None
    going_on.set()
    _until(lambda: _finished(jobs, "b"))
    assert jobs.ahead("b") is None
