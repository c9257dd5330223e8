"""What a process does until it is killed: makes a model, and says which step it is at."""

import os
from multiprocessing.connection import Connection
from pathlib import Path

from assistant.desk import Desk
from tests.assistant.improvement.conftest import lab_settings, order


def work(home: Path, parent: Connection) -> None:
    """Train until killed, together with the processes that are started for it: a group of their own."""
    os.setsid()
    with Desk(lab_settings(home)) as desk:
        desk.improvement.train(order(), tell=lambda event: parent.send(event.stage))
        parent.send("done")
