"""Install refdesk into .venv, stage by stage; a second run has nothing to do.

python -m setup.install [--extra dev] [--torch ask|cpu|default] [--latest]
"""

import argparse
import re
import shutil
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from setup.errors import SetupError
from setup.stages import Stage, Terminal, elapsed, run_stages
from setup.stamp import Stamp, fingerprint, read_stamp, remove_stamp
from setup.toolchain import check_compilers
from setup.torch_build import CPU_INDEX, choose_build

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOG = ENVIRONMENT / "install.log"

# GCC before 14 loses a part of the configuration of AMX tiles, and what it builds ends the process at the first
# multiplication on a processor that has them. llama.cpp turns to other instructions where this is not defined.
WITHOUT_AMX = [f"--config-settings=cmake.define.CMAKE_{language}_FLAGS=-U__AMX_INT8__" for language in ("C", "CXX")]

CHECK_NETWORK = (
    "Check the network, or your proxy (pip reads HTTPS_PROXY and pip.conf), and run the same command again: "
    "what is installed already stays."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring .venv up to date and return the exit status."""
    options = _parser().parse_args(arguments)
    inputs, extras = fingerprint(ROOT), tuple(sorted(set(options.extra)))
    before = read_stamp(ENVIRONMENT)
    if before and before.covers(inputs=inputs, extras=extras, torch=options.torch) and not options.latest:
        return 0
    # Whoever once chose the CPU-only build keeps it when the pins change.
    torch = before.torch if before and options.torch == "ask" else options.torch
    try:
        torch = install(extras=extras, torch=torch, latest=options.latest)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here; what pip has built stays in its cache.", file=sys.stderr)
        return 130
    # The newest versions are not the pinned ones: the next start compares them with the new constraints.txt.
    if not options.latest:
        Stamp(inputs=inputs, extras=extras, torch=torch).write(ENVIRONMENT)
    return 0


def install(*, extras: Sequence[str], torch: str, latest: bool) -> str:
    """Run all stages and return the build of torch that was taken; raises SetupError when one fails."""
    if not any(ENVIRONMENT.glob("lib/python3*/site-packages/llama_cpp_python-*.dist-info")):
        check_compilers()
    started = time.monotonic()
    terminal = Terminal()
    _discard_unusable(terminal)
    ENVIRONMENT.mkdir(exist_ok=True)
    remove_stamp(ENVIRONMENT)
    terminal.say(
        f"Setting up refdesk in .venv with Python {_version(3)}; what pip says goes to {LOG.relative_to(ROOT)}"
    )
    torch = choose_build(torch, ENVIRONMENT)
    LOG.unlink(missing_ok=True)
    run_stages(plan(extras=extras, torch=torch, latest=latest), log=LOG, terminal=terminal)
    terminal.say(f"Ready after {elapsed(time.monotonic() - started)}.")
    return torch


def plan(*, extras: Sequence[str], torch: str, latest: bool) -> list[Stage]:
    """Return the stages, slow ones apart so that each shows its own time."""
    # No --isolated and no index of our own: whoever has set pip up for a proxy or a mirror is right.
    pip = [str(ENVIRONMENT / "bin/python"), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    pins = ["--upgrade", "--upgrade-strategy", "eager"] if latest else ["--constraint", str(ROOT / "constraints.txt")]
    needed = _requirements(extras)
    by_name = {re.split(r"[^\w.-]", requirement)[0]: requirement for requirement in needed}
    return [
        Stage(
            title="virtual environment",
            command=[sys.executable, "-m", "venv", str(ENVIRONMENT)],
            advice="Remove the folder .venv and run the same command again.",
        ),
        Stage(
            title="torch",
            command=[*pip, *pins, *_torch_options(torch), by_name["torch"]],
            advice=f"{CHECK_NETWORK} TORCH=default takes torch from where pip takes everything else."
            if torch == "cpu"
            else CHECK_NETWORK,
        ),
        Stage(
            title="llama-cpp-python (compiles, some minutes)",
            command=[*pip, *pins, *WITHOUT_AMX, by_name["llama-cpp-python"]],
            advice="If the compiler failed, its first error is in the log (it needs C++17 and about 2 GB of memory). "
            + CHECK_NETWORK,
        ),
        Stage(title="the other packages", command=[*pip, *pins, *needed], advice=CHECK_NETWORK),
        Stage(title="refdesk itself", command=[*pip, "--no-deps", "--editable", str(ROOT)], advice=CHECK_NETWORK),
    ]


def _torch_options(torch: str) -> list[str]:
    # That index holds few versions of what torch itself needs: those come with the other packages.
    return ["--upgrade", "--no-deps", "--index-url", CPU_INDEX] if torch == "cpu" else []


def _requirements(extras: Sequence[str]) -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    return [*project["dependencies"], *(requirement for extra in extras for requirement in optional[extra])]


def _discard_unusable(terminal: Terminal) -> None:
    configuration = ENVIRONMENT / "pyvenv.cfg"
    if not configuration.exists():
        return
    is_same_python = f"version = {_version(2)}." in configuration.read_text(encoding="utf-8")
    # The link dangles when the Python that it was made from is gone, and venv does not mend it.
    if not is_same_python or not (ENVIRONMENT / "bin/python").exists():
        terminal.say(f"Removing .venv: it was made with another Python than this {_version(2)}")
        shutil.rmtree(ENVIRONMENT)


def _version(parts: int) -> str:
    return ".".join(map(str, sys.version_info[:parts]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m setup.install", description=__doc__)
    parser.add_argument("--extra", action="append", default=[], help="optional dependencies to install too")
    parser.add_argument("--torch", choices=["ask", "cpu", "default"], default="ask", help="which build of torch")
    parser.add_argument("--latest", action="store_true", help="the newest versions instead of those in constraints.txt")
    return parser


if __name__ == "__main__":
    sys.exit(main())
