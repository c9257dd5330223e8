"""How many threads a computation may use, and how they wait."""

import os
from pathlib import Path

_CPUS = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def physical_cores() -> int:
    """Cores that this process may use: two hyper-threads count once, and a container's quota counts."""
    cores = len({_core(cpu) for cpu in _usable_cpus()})
    return max(1, min(cores, _quota() or cores))


def sleep_when_idle() -> None:
    """Let the threads of OpenMP sleep while they wait; to be called before torch or llama.cpp is imported.

    By default they spin, and where another process wants the core they spin for each other: two busy
    threads beside one other process were seen to fall to a hundredth of their speed.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def one_thread_for_numpy() -> None:
    """Let numpy multiply matrices in the thread that asks, in this whole process.

    The threads of its OpenBLAS spin for each other, and heed no OMP_WAIT_POLICY: a hundred small products, of which
    each takes a twentieth of a millisecond, were seen to take 190 ms beside one other busy process.
    """
    import numpy  # noqa: F401  (only libraries that are loaded are limited)
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")


def _usable_cpus() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _core(cpu: int) -> str:
    try:
        return (_CPUS / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text()
    except OSError:  # not Linux, or hidden
        return str(cpu)


def _quota() -> int | None:
    """Whole cores of the control group's CPU quota (cgroup v2); None where there is none."""
    try:
        quota, period = _QUOTA.read_text().split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):
        return None
