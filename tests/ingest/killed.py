"""What processes do until they are killed: take documents in, or change the model; and say how far they are."""

from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import ingest.reindexing
from assistant.desk import Desk
from assistant.settings import Settings
from ingest.sources import walk


def take_in(home: Path, folder: Path, said: Connection) -> None:
    """Take all documents of a folder in."""
    with Desk(Settings(home=home)) as desk:
        for outcome in desk.ingest(walk([folder], collection="c"), progress=lambda event: said.send(event.stage)):
            said.send(outcome.status)


def change_model(home: Path, models: Sequence[Path], said: Connection) -> None:
    """Begin with the first model and use one after the other, two passages at a time."""
    ingest.reindexing._TOGETHER = 2
    with Desk(Settings(home=home, embedding={"model": models[0]})) as desk:  # type: ignore[arg-type]
        for model in models[1:]:
            known = {shown.card.name for shown in desk.embeddings.list()}
            named = model.name if model.name in known else str(model)
            desk.embeddings.use(named, report=lambda event: said.send(event.done))
            said.send("used")
