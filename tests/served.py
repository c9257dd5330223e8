"""A desk served in a process that is forked from a warm one; see `tests.warmed`."""

import os
import sys
from pathlib import Path

TOP = Path(__file__).parent.parent


def run_desk(port: int, variables: dict[str, str], log: Path) -> None:
    """What `refdesk run` does, with the environment `variables`; what it prints goes into `log`."""
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(TOP)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(written, 1)
    os.dup2(written, 2)
    from assistant.cli import main

    sys.argv = ["refdesk", "run", "--no-browser", "--port", str(port)]
    main()
