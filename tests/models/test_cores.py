"""How many threads a computation takes."""

import os
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info

from models import cores
from models.cores import one_thread_for_numpy, physical_cores


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four cores with two hyper-threads each, and no quota."""
    for cpu in range(8):
        topology = tmp_path / f"cpu{cpu}" / "topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(f"{cpu % 4},{cpu % 4 + 4}\n")
    monkeypatch.setattr(cores, "_CPUS", tmp_path)
    monkeypatch.setattr(cores, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    return tmp_path


def test_numpy_multiplies_in_one_thread() -> None:
    one_thread_for_numpy()
    assert {pool["num_threads"] for pool in threadpool_info() if "numpy" in pool["filepath"]} == {1}


def test_counts_two_threads_of_a_core_once(machine: Path) -> None:
    assert physical_cores() == 4


def test_counts_only_what_the_process_may_use(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 4, 5})

    assert physical_cores() == 2


@pytest.mark.parametrize(("quota", "expected"), [("250000 100000", 2), ("50000 100000", 1), ("max 100000", 4)])
def test_keeps_to_the_quota_of_a_container(machine: Path, quota: str, expected: int) -> None:
    (machine / "cpu.max").write_text(f"{quota}\n")

    assert physical_cores() == expected


def test_takes_every_cpu_for_a_core_where_the_machine_does_not_tell(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "_CPUS", machine / "nowhere")

    assert physical_cores() == 8
