import itertools
import random
import time
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import select

from assistant.desk import Desk
from assistant.settings import Settings
from assistant.tables import ConversationRow, OutboxRow, TurnRow, VoteRow
from tests.assistant.killed import DOCUMENTS, PERSON, text_of, vote_of, work
from tests.warmed import warm_context

KILLS = 50
MOST_DONE = 4
"""Things that a process has done before it is killed."""
LONGEST_S = 0.4
"""It goes on after that: longer than any of them takes, where the machine is not busy."""


class Said:
    """What killed processes have said that they had done."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.answered: set[int] = set()
        self.votes: dict[int, int] = {}
        self.kinds: Counter[str] = Counter()

    def take(self, kind: str, what: object) -> None:
        self.kinds[kind] += 1
        match kind, what:
            case "ingested", (str(name), int(version), "added" | "updated"):
                self.versions[name] = version
            case "answered", int(turn):
                self.answered.add(turn)
            case "voted", (int(turn), int(version)):
                self.votes[turn] = version


@pytest.mark.timeout(600)
def test_whatever_is_killed_is_whole_or_absent_and_nothing_confirmed_is_lost(tmp_path: Path) -> None:
    home, folder, chance, said = tmp_path / "home", tmp_path / "documents", random.Random(7), Said()
    folder.mkdir()
    with closing(_children(home, folder)) as children:
        child, channel = next(children)
        for _ in range(KILLS):
            assert channel.recv()[0] == "ready"
            channel.send("go")
            following = next(children)
            for _ in range(chance.randint(0, MOST_DONE)):
                said.take(*channel.recv())
            time.sleep(chance.uniform(0, LONGEST_S))
            child.kill()
            child.join()
            try:
                while True:
                    said.take(*channel.recv())
            except EOFError:
                pass
            with Desk(Settings(home=home)) as desk:
                desk.ingestion.recover()
                _documents_are_whole(desk, said)
                _conversation_is_whole(desk, said)
            child, channel = following
    assert all(said.kinds[kind] >= 5 for kind in ("ingested", "answered", "voted")), said.kinds


def _children(home: Path, folder: Path) -> Generator[tuple[BaseProcess, Connection], None, None]:
    """Processes to kill, each with a way to talk to it: it gets ready while the one before is at work.

    Closed, it leaves none behind, also where time was up.
    """
    context = warm_context()
    started: list[BaseProcess] = []
    try:
        for seed in itertools.count(1):
            ours, theirs = context.Pipe()
            started.append(context.Process(target=work, args=(home, folder, seed, theirs)))
            started[-1].start()
            theirs.close()
            yield started[-1], ours
    finally:
        for child in started:
            child.kill()
            child.join()


def _documents_are_whole(desk: Desk, said: Said) -> None:
    """Catalogue, full text and vectors agree; every document is one version, and not older than what was confirmed."""
    for collection_id in desk.catalogue.collections().values():
        assert desk.catalogue.chunk_ids(collection_id) == desk.dense.ids(collection_id)
    with desk.catalogue.engine.connect() as connection:
        indexed = set(connection.exec_driver_sql("SELECT rowid FROM chunk_terms").scalars())
    chunk_ids = [desk.catalogue.chunk_ids(collection_id) for collection_id in desk.catalogue.collections().values()]
    assert indexed == set().union(*chunk_ids)
    documents = {document.name: document for document in desk.catalogue.documents()}
    assert said.versions.keys() <= documents.keys()
    assert len(documents) <= DOCUMENTS
    with desk.catalogue.session() as session:
        for name, document in documents.items():
            rows = session.connection().exec_driver_sql(
                "SELECT versions.text FROM versions JOIN documents ON documents.current_version_id = versions.id"
                f" WHERE documents.id = {document.id}"
            )
            [text] = rows.scalars()
            version = int(text.split("version ")[1].split(".")[0])
            assert text == text_of(int(name.removesuffix(".md")), version)
            assert version >= said.versions.get(name, 0)


def _conversation_is_whole(desk: Desk, said: Said) -> None:
    """Every complete answer is there, with its trace; every vote once, as it was given last."""
    with desk.catalogue.session() as session:
        turns = {row.id: row for row in session.scalars(select(TurnRow))}
        rows = list(session.scalars(select(VoteRow)))
        votes = {row.turn_id: row for row in rows}
        assert len(votes) == len(rows)
        traced = list(session.scalars(select(OutboxRow.trace_id).where(OutboxRow.kind == "trace")))
        assert len(list(session.scalars(select(ConversationRow).where(ConversationRow.person == PERSON)))) <= 1
    complete = {row.id for row in turns.values() if row.answered_at is not None}
    assert said.answered <= complete
    assert all((row.answered is not None) == (row.answered_at is not None) for row in turns.values())
    assert sorted(traced) == sorted(turns[turn_id].trace_id for turn_id in complete)
    assert said.votes.keys() <= votes.keys()
    for turn_id, row in votes.items():
        # One that is newer than what was said is the one that its process was killed over.
        assert int(row.comment) >= said.votes.get(turn_id, 0)
        assert row.value == vote_of(int(row.comment)).value
    for conversation in desk.conversations.of(PERSON):
        shown = desk.conversations.turns(PERSON, conversation.id)
        assert all(turn.answered.finished is not None for turn in shown if turn.id in complete)
