"""What a process does until it is killed: evaluates, and says each row that it has kept."""

from multiprocessing.connection import Connection
from pathlib import Path

from assistant.conversations import Choices
from assistant.desk import Desk
from assistant.evaluation.running import Plan, Progress
from assistant.settings import Settings
from tests.conftest import SAMPLES


def work(home: Path, said: Connection) -> None:
    """Ask the sample rows."""
    with Desk(Settings(home=home)) as desk:
        rows = desk.evaluation.rows(str(SAMPLES / "rows.jsonl"), limit=12)

        def show(of: Progress) -> None:
            said.send((of.run.id, of.done))

        desk.evaluation.evaluate(
            Plan(data_set="rows.jsonl", rows=rows, choices=Choices(backend="local", prompt="quote")), progress=show
        )
        said.send((None, len(rows)))
