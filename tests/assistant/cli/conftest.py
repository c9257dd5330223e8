"""The command line, run as people run it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from assistant.cli import main

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def refdesk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line with a home of its own, in this process: importing everything takes seconds."""

    def run(*arguments: object, home: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = ["refdesk", *map(str, arguments)]
        out, err = StringIO(), StringIO()
        with monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", command)
            patch.setattr(sys, "stdin", StringIO())  # nobody is at the keyboard
            patch.setenv("REFDESK_HOME", str(home or tmp_path / "home"))
            patch.chdir(tmp_path)
            with pytest.raises(SystemExit) as ended:
                main()
        code = ended.value.code or 0
        assert isinstance(code, int)
        return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def refdesk_process(tmp_path: Path) -> Run:
    """The same in a process of its own, where whatever a library says ends up in its output."""

    def run(*arguments: object, home: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"REFDESK_HOME": str(home or tmp_path / "home")}
        command = [sys.executable, "-m", "assistant", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, cwd=tmp_path)

    return run


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    """A home of our own with the samples."""
    return Path(shutil.copytree(sample_home, tmp_path / "samples-home"))
