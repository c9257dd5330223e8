"""Which build of torch to take: on Linux the one on PyPI brings several gigabytes of CUDA libraries."""

import os
import select
import shutil
import sys
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
ANSWER_S = 20
HINT = f"""\
    The torch of PyPI brings several GB of CUDA libraries on Linux. Where there is no NVIDIA GPU,
    `make install TORCH=cpu` takes the small CPU-only build from {CPU_INDEX} instead."""


def choose_build(requested: str, environment: Path) -> str:
    """Return `cpu` or `default` (what pip chooses); asks only where someone can answer and the answer matters."""
    if requested != "ask":
        return requested
    if sys.platform != "linux" or _has_nvidia_gpu() or _is_installed(environment):
        return "default"
    if not (sys.stdin.isatty() and sys.stdout.isatty() and "CI" not in os.environ and _is_reachable()):
        print(HINT)
        return "default"
    return ask()


def ask() -> str:
    """Ask which build to take; CPU-only where nobody answers in time."""
    print(
        "    No NVIDIA GPU was found. Which torch do you want: [C]PU-only (200 MB, from download.pytorch.org)\n"
        f"    or the [f]ull CUDA build (several GB)? CPU-only is taken after {ANSWER_S} s. [C/f] ",
        end="",
        flush=True,
    )
    answered, _, _ = select.select([sys.stdin], [], [], ANSWER_S)
    answer = sys.stdin.readline() if answered else "\n"
    if not answered:
        print()
    return "default" if answer.strip().lower().startswith("f") else "cpu"


def _has_nvidia_gpu() -> bool:
    # Under WSL there is no such folder, but the driver's tool.
    return Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None


def _is_installed(environment: Path) -> bool:
    return any(environment.glob("lib/python3*/site-packages/torch-*.dist-info"))


def _is_reachable() -> bool:
    # Half of the time of a start that has nothing to do, were it imported at the top.
    import urllib.request

    # An offer that cannot be kept (offline, or only a company's registry) would end in an error.
    request = urllib.request.Request(f"{CPU_INDEX}/torch/", method="HEAD")  # noqa: S310 (the constant above)
    try:
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310
            return True
    except OSError:
        return False
