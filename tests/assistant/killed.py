"""What a process does until it is killed: takes documents in, answers, votes; and says each thing that is done."""

import itertools
import random
from multiprocessing.connection import Connection
from pathlib import Path

from assistant.conversations import Choices, Vote
from assistant.desk import Desk
from assistant.settings import Settings
from ingest.elements import ParsedDocument
from ingest.parsing.child import parse
from ingest.sources import walk

PERSON = "p" * 32
CHOICES = Choices(backend="scripted", prompt="direct")
DOCUMENTS = 3


class _Reader:
    """Reads documents in this process: a child would need two seconds for its first, and writes nothing."""

    def parse(self, path: Path, *, name: str) -> ParsedDocument:
        return ParsedDocument.from_json(parse({"path": str(path), "name": name}))


def text_of(document: int, version: int) -> str:
    """What a document says in one of its versions: several passages, all of that version."""
    parts = (f"# Part {part}\n\nThe duty phone allowance is {version} pounds, says part {part}.\n" for part in range(4))
    return "\n".join([f"Document {document}, version {version}.", *parts])


def vote_of(version: int) -> Vote:
    """A vote that tells when it was given."""
    return Vote(value=1 if version % 2 else -1, comment=f"{version}")


def work(home: Path, folder: Path, seed: int, parent: Connection) -> None:
    """Open the desk and wait for a word, then go on until killed; what is done first is left to chance."""
    chance = random.Random(seed)
    # Few words: a scripted answer takes its time over each.
    settings = Settings(home=home, backend="scripted", ingest={"chunk_chars": 200}, answer={"max_tokens": 5})
    with Desk(settings) as desk:
        desk.embedder.warm()
        desk.rails.warm()
        desk.ingestion._parser = _Reader()  # type: ignore[assignment]
        parent.send(("ready", None))
        parent.recv()
        kept = desk.conversations.of(PERSON)
        conversation = kept[0] if kept else desk.conversations.begin(PERSON, "Allowance", CHOICES)
        for version in itertools.count(seed * 1000):
            for act in chance.sample((_ingest, _answer, _vote), 3):
                parent.send(act(desk, conversation.id, folder, version, chance))


def _ingest(desk: Desk, _: str, folder: Path, version: int, chance: random.Random) -> tuple[str, object]:
    document = chance.randrange(DOCUMENTS)
    path = folder / f"{document}.md"
    path.write_text(text_of(document, version))
    [outcome] = desk.ingest(walk([path], collection="c"))
    return "ingested", (path.name, version, outcome.status)


def _answer(desk: Desk, conversation: str, *_: object) -> tuple[str, object]:
    turns = desk.conversations.turns(PERSON, conversation)
    question = "How much is the duty phone allowance?"
    for _event in desk.converse(PERSON, conversation, question, after=turns[-2:], choices=CHOICES):
        pass
    return "answered", desk.conversations.turns(PERSON, conversation)[-1].id


def _vote(desk: Desk, conversation: str, _: Path, version: int, chance: random.Random) -> tuple[str, object]:
    turns = desk.conversations.turns(PERSON, conversation)
    if not turns:
        return "nothing to vote on", None
    turn = chance.choice(turns)
    desk.feedback.vote(PERSON, turn.id, vote_of(version))
    return "voted", (turn.id, version)
