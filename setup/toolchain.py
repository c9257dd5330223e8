"""What must be on the machine before anything is downloaded."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from setup.errors import SetupError

NO_COMPILER = (
    "A C and C++ compiler is needed to build llama-cpp-python: install one (Debian and Ubuntu: apt install "
    "build-essential; Fedora: dnf install gcc-c++; macOS: xcode-select --install) and run the same command again."
)


def check_compilers(environment: Mapping[str, str] = os.environ) -> None:
    """Raise SetupError unless CMake will find a working C and a working C++ compiler."""
    for variable, names in (("CC", ("cc", "gcc", "clang")), ("CXX", ("c++", "g++", "clang++"))):
        chosen = environment.get(variable)
        candidates = [shlex.split(chosen)] if chosen else [[name] for name in names]
        if not any(_runs(command, environment) for command in candidates):
            raise SetupError(NO_COMPILER)


def _runs(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    program = shutil.which(command[0], path=environment.get("PATH"))
    # Without its developer tools macOS has a c++ too: a stub that exists and fails.
    return program is not None and (
        subprocess.run([program, *command[1:], "--version"], capture_output=True, check=False).returncode == 0
    )
