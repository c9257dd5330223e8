"""The command line, run as people run it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def refdesk(tmp_path: Path) -> Run:
    """Runs the command line with a home of its own."""

    def run(*arguments: object, home: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"REFDESK_HOME": str(home or tmp_path / "home")}
        command = [sys.executable, "-m", "assistant", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, cwd=tmp_path)

    return run


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    """A home of our own with the samples."""
    return Path(shutil.copytree(sample_home, tmp_path / "samples-home"))
